/** Up to which commit the policy branch was judged, as the log says. */
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord } from "../log/record.ts";

/** The last commit of the branch that a record judged; the genesis at first. `end`: by the records before that index. */
export function cursorOf(records: readonly LoggedRecord[], end: number = records.length): Oid {
  for (let index = end - 1; index >= 0; index--) {
    const record = records[index]?.record;
    const commit = record && judgedCommit(record);
    if (commit !== undefined) return commit;
  }
  throw new TypeError("this log has no genesis: it was not opened by openDecisionLog");
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
