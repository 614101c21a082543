/** What a service of ours says of itself: in its log, which is one JSON object a line, and in its metrics. */
import { readFileSync } from "node:fs";
import type { RunningService } from "../../../cli/up/community/services.ts";

/** The time (ms since 1970) of the first line with that event that is not from before. Throws where there is none. */
export function timeOf({ process }: RunningService, event: string, fromMs: number): number {
  const at = timeIn(readFileSync(process.logPath, "utf8"), event, fromMs);
  if (at === undefined) throw new Error(`${process.name} does not say "${event}" in ${process.logPath}`);
  return at;
}

/** Lines of something else, and one that is being written, are passed over. */
export function timeIn(log: string, event: string, fromMs: number): number | undefined {
  for (const line of log.split("\n")) {
    if (!line.includes(`"event":"${event}"`)) continue;
    const { time } = parsed(line);
    if (time !== undefined && time >= fromMs) return time;
  }
  return undefined;
}

function parsed(line: string): { readonly time?: number } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

/** The value of a metric without labels in Prometheus' text form. */
export function metricIn(metrics: string, name: string): number | undefined {
  const line = metrics.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
