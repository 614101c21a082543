/** Up to which commit the policy branch was judged, as the log says. */
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord } from "../log/record.ts";

/** The last commit of the branch that a record judged; the genesis at first. */
export function cursorOf(records: readonly LoggedRecord[]): Oid {
  const judged = records.findLast(({ record }) => judgedCommit(record) !== undefined);
  const commit = judged && judgedCommit(judged.record);
  if (commit === undefined) throw new TypeError("this log has no genesis: it was not opened by openDecisionLog");
  return commit;
}

export function judgedCommit(record: DecisionRecord): Oid | undefined {
  if (record.kind === "genesis" || record.kind === "unratified" || record.kind === "restored") return record.commit;
  return record.kind === "ratified" ? record.merge?.commit : undefined;
}

/** Whether a proposal was ratified before: it cannot be merged a second time. */
export function isSpent(records: readonly LoggedRecord[], proposal: string): boolean {
  return records.some(({ record }) => record.kind === "ratified" && record.proposal === proposal);
}

const endings: ReadonlySet<string> = new Set(["ratified", "rejected", "vetoed", "expired", "closed"]);

/** Whether the log says already how a proposal ended. */
export function isOver(records: readonly LoggedRecord[], proposal: string): boolean {
  return records.some(({ record }) => endings.has(record.kind) && "proposal" in record && record.proposal === proposal);
}

/** What keeps the service from believing the branch, if the last word on it was a halt. */
export function haltOf(records: readonly LoggedRecord[]): string | undefined {
  const last = records.findLast(({ record }) => record.kind === "halted" || record.kind === "resumed");
  return last?.record.kind === "halted" ? last.record.code : undefined;
}
