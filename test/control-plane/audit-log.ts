import { readFileSync } from "node:fs";

/** Of a log that the API server may be writing: what follows the last line's end is still on its way. */
export function auditLines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
