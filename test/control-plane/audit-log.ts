import { readFileSync } from "node:fs";

/** What an API server has written into its audit log so far. `Entry`: as much of an event as is read. */
export function auditEntries<Entry>(path: string): Entry[] {
  return entriesIn(readFileSync(path, "utf8"));
}

/** One JSON object a line; the last one may still be on its way. */
export function entriesIn<Entry>(log: string): Entry[] {
  const lines = log.split("\n");
  const last = lines.pop() ?? "";
  return [...lines, ...(parses(last) ? [last] : [])]
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

function parses(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
