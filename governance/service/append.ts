/** Appends with a time that never goes back, and says so in the service's own log. */
import type { Evidence } from "../evidence/evidence.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord } from "../log/record.ts";
import type { Governance } from "./governance.ts";

export async function append(
  { log, logger }: Pick<Governance, "log" | "logger">,
  record: DecisionRecord,
  evidence: Evidence | undefined,
  signal: AbortSignal,
): Promise<LoggedRecord> {
  const logged = await log.append(record, { signal, ...(evidence && { evidence }) });
  const about = "proposal" in record && record.proposal ? { proposal: record.proposal } : {};
  logger.info({ event: record.kind, index: logged.index, ...about }, `the log says: ${record.kind}`);
  return logged;
}

/** Time for the next record: not before the one that is there. */
export function recordTime({ log }: Pick<Governance, "log">, now: number): number {
  return Math.max(now, log.records.at(-1)?.record.at ?? 0);
}
