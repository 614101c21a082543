/** What the log says is in force: the last ratified commit, and what was ratified at some time before. */
import type { Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";

export interface RatifiedCommit {
  readonly commit: Oid;
  readonly tree: Oid;
  /** When it was ratified, ms. */
  readonly at: number;
  /** From when on it may be applied; the genesis at once. */
  readonly appliesAt: number;
  /** Index of the record that says so. */
  readonly index: number;
}

/** Every commit that was ever ratified, oldest first, the genesis among them. */
export function ratifiedCommits(records: readonly LoggedRecord[]): RatifiedCommit[] {
  return records.flatMap(({ record, index }): RatifiedCommit[] => {
    const { at } = record;
    if (record.kind === "genesis") return [{ commit: record.commit, tree: record.tree, at, appliesAt: at, index }];
    if (record.kind !== "ratified" || !record.merge) return [];
    const { commit, tree } = record.merge;
    return [{ commit, tree, at, appliesAt: record.times.appliesAt ?? at, index }];
  });
}

/** Throws a TypeError for a log without genesis: there is none. */
export function lastRatified(records: readonly LoggedRecord[]): RatifiedCommit {
  const last = ratifiedCommits(records).at(-1);
  if (!last) throw new TypeError("this log has no genesis: it was not opened by openDecisionLog");
  return last;
}

/** What was ratified at `time`; the genesis for every time before it. */
export function ratifiedAt(records: readonly LoggedRecord[], time: number): RatifiedCommit {
  const all = ratifiedCommits(records);
  return all.findLast(({ at }) => at <= time) ?? all[0] ?? lastRatified(records);
}
