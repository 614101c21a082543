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

/**
 * Every commit that was ratified, oldest first, the genesis among them. `end`: what the log said before its record of that index;
 * all of it where left out.
 */
export function ratifiedCommits(records: readonly LoggedRecord[], end: number = records.length): RatifiedCommit[] {
  const all = known(records);
  const after = all.findIndex(({ index }) => index >= end);
  return after < 0 ? [...all] : all.slice(0, after);
}

/** Throws a TypeError for a log without genesis: there is none. */
export function lastRatified(records: readonly LoggedRecord[], end: number = records.length): RatifiedCommit {
  const last = known(records).findLast(({ index }) => index < end);
  if (!last) throw new TypeError("this log has no genesis: it was not opened by openDecisionLog");
  return last;
}

/** What was ratified at `time`; the genesis for every time before it. */
export function ratifiedAt(
  records: readonly LoggedRecord[],
  time: number,
  end: number = records.length,
): RatifiedCommit {
  const all = known(records);
  return all.findLast(({ at, index }) => at <= time && index < end) ?? all[0] ?? lastRatified(records);
}

interface Known {
  /** Records that were looked at, and the last of them. */
  readonly size: number;
  readonly last: LoggedRecord | undefined;
  readonly commits: readonly RatifiedCommit[];
}

/** A log only grows, so what was found in one is remembered with it. */
const remembered = new WeakMap<readonly LoggedRecord[], Known>();

function known(records: readonly LoggedRecord[]): readonly RatifiedCommit[] {
  const before = remembered.get(records);
  const goesOn = before !== undefined && before.size <= records.length && records[before.size - 1] === before.last;
  if (goesOn && before.size === records.length) return before.commits;
  const fresh = records.slice(goesOn ? before.size : 0).flatMap(commitIn);
  const commits = goesOn ? [...before.commits, ...fresh] : fresh;
  remembered.set(records, { size: records.length, last: records.at(-1), commits });
  return commits;
}

function commitIn({ record, index }: LoggedRecord): RatifiedCommit[] {
  const { at } = record;
  if (record.kind === "genesis") return [{ commit: record.commit, tree: record.tree, at, appliesAt: at, index }];
  if (record.kind !== "ratified" || !record.merge) return [];
  const { commit, tree } = record.merge;
  return [{ commit, tree, at, appliesAt: record.times.appliesAt ?? at, index }];
}
