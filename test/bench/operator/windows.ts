/** What the operator spends while nothing happens: windows one after another, each read from outside. */

import { systemClock } from "../../../operator/clock/system.ts";
import { auditEntries } from "../../control-plane/audit-log.ts";
import type { Bench } from "../benchmark.ts";
import { cpuMsBetween, usageOf } from "../processes/usage.ts";
import type { Worker } from "../processes/worker.ts";
import { requestsOf, type Span } from "./audit.ts";

export interface Window {
  readonly seconds: number;
  /** Percent of one core. */
  readonly cpuPercent: number;
  /** Highest of all samples. */
  readonly residentBytes: number;
  /** By `verb resource/subresource`. */
  readonly apiRequests: Readonly<Record<string, number>>;
  readonly apiRequestsPerSecond: number;
  readonly hostRequestsPerSecond: number;
}

const sampleEveryMs = 5_000;

export async function watchWindow(
  { signal }: Bench,
  options: { pid: number; fleet: Worker; auditLogPath: string; user: string; ms: number },
): Promise<Window> {
  const { pid, fleet, auditLogPath, user, ms } = options;
  await fleet.call<number>("asked");
  const fromMs = Date.now();
  const before = usageOf([pid]);
  let residentBytes = before.residentBytes;
  let asked = 0;
  while (Date.now() < fromMs + ms) {
    await systemClock.sleep(Math.min(sampleEveryMs, fromMs + ms - Date.now()), signal);
    residentBytes = Math.max(residentBytes, usageOf([pid]).residentBytes);
    asked += await fleet.call<number>("asked");
  }
  const span = { fromMs, toMs: Date.now() };
  const seconds = (span.toMs - span.fromMs) / 1000;
  const counts = countRequests(auditLogPath, user, span);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    seconds,
    cpuPercent: cpuMsBetween(before, usageOf([pid])) / seconds / 10,
    residentBytes,
    apiRequests: Object.fromEntries(counts),
    apiRequestsPerSecond: total / seconds,
    hostRequestsPerSecond: asked / seconds,
  };
}

export function countRequests(auditLogPath: string, user: string, span: Span): Map<string, number> {
  return requestsOf(auditEntries(auditLogPath), user, span);
}
