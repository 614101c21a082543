/** What the governance service complains about just now, read from its log: why it is not ready, or what keeps a pass from its work. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../../operator/text/printable.ts";
import type { LeashedProcess } from "../processes/start.ts";

const sentenceCharsMax = 500;
/** What was said before may be over: each pass says again what still is. */
const freshMs = 20_000;
const complaints: ReadonlySet<string> = new Set(["trouble", "waiting", "failed"]);

/** `lines`: of its log, oldest first. */
export function latestTrouble(lines: readonly string[], pid: number, now: number): string | undefined {
  for (const line of lines.toReversed()) {
    const said = entryOf(line);
    if (said?.pid !== pid || said.event === undefined || !complaints.has(said.event)) continue;
    return now - (said.time ?? 0) <= freshMs ? printable(said.msg ?? "", sentenceCharsMax) : undefined;
  }
  return undefined;
}

/** Of a running service. */
export function troubleOf({ logPath, pid }: Pick<LeashedProcess, "logPath" | "pid">, now: number): string | undefined {
  return latestTrouble(endOf(logPath).split("\n"), pid, now);
}

const endBytes = 64 * 1024;

function endOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, endBytes));
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8", 0, read);
  } finally {
    closeSync(file);
  }
}

interface Entry {
  readonly pid?: number;
  readonly event?: string;
  readonly time?: number;
  readonly msg?: string;
}

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined; // cut at the beginning of what was read
  }
}
