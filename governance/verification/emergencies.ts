/**
 * Emergencies in force. An emergency is never merged: when enough signed, what it changes lies over the ratified tree like a
 * sheet, until it expires, until an ordinary vote has made it last, or until an ordinary vote has changed the same file. So it
 * can be taken away again without a trace, and nothing that is merged meanwhile is held up by it.
 */
import type { Members } from "../constitution/documents/members.ts";
import { membersPath } from "../constitution/paths/path-problem.ts";
import type { Suspended } from "../constitution/snapshot.ts";
import { candidateTree } from "../evidence/candidate-tree.ts";
import { membersAt } from "../evidence/documents-at.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { Call, GitRepository, Oid, TreeChange } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { EmergencyEndedRecord, VerdictRecord } from "../log/record.ts";
import type { RatifiedCommit } from "./ratified.ts";
import { lastRatified } from "./ratified.ts";

export interface ActiveEmergency {
  readonly proposal: string;
  readonly expiresAt: number;
  /** The tree that it would make of what was ratified when it passed. */
  readonly tree: Oid;
  /** What it changes and what nobody changed since by an ordinary vote. */
  readonly effective: readonly TreeChange[];
  /** Why it is over; undefined while it is in force. */
  readonly ended?: EmergencyEndedRecord["cause"];
}

export interface EmergencySources {
  readonly repository: GitRepository;
  readonly records: readonly LoggedRecord[];
  readonly evidence: (digest: string) => Promise<Evidence | undefined>;
  /** The commit that they lie over: the last ratified one, or the one that is applied while a timelock runs. */
  readonly base?: RatifiedCommit;
}

/** Every emergency whose end is not in the log yet, oldest first. */
export async function activeEmergencies(
  { repository, records, evidence, base = lastRatified(records) }: EmergencySources,
  now: number,
  call: Call = {},
): Promise<ActiveEmergency[]> {
  const ended = new Set(records.flatMap(({ record }) => (record.kind === "emergencyEnded" ? [record.proposal] : [])));
  const running = records.flatMap(({ record }) =>
    record.kind === "emergency" && !ended.has(record.proposal) ? [record] : [],
  );
  return Promise.all(
    running.map(async (record): Promise<ActiveEmergency> => {
      const stored = await evidence(record.evidence);
      if (!stored) throw new TypeError(`the evidence ${record.evidence} of ${record.proposal} is not in the log`);
      return standing(record, await candidateTree(stored, repository, call), base, repository, now, call);
    }),
  );
}

async function standing(
  record: VerdictRecord,
  tree: Oid,
  ratified: RatifiedCommit,
  repository: GitRepository,
  now: number,
  call: Call,
): Promise<ActiveEmergency> {
  const [changes, since, missing] = await Promise.all([
    repository.diff(record.from, tree, call),
    repository.diff(record.from, ratified.commit, call),
    repository.diff(ratified.commit, tree, call),
  ]);
  const changedSince = new Set(since.map(({ path }) => path));
  const notThere = new Set(missing.map(({ path }) => path));
  const effective = changes.filter(({ path }) => !changedSince.has(path));
  const expiresAt = record.times.expiresAt ?? record.at;
  const isRatified = changes.every(({ path }) => !notThere.has(path));
  const ended = isRatified
    ? "ratified"
    : now >= expiresAt
      ? "expired"
      : effective.length === 0
        ? "superseded"
        : undefined;
  return { proposal: record.proposal, expiresAt, tree, effective, ...(ended && { ended }) };
}

/** Members and keys that emergencies have taken. */
export async function suspendedBy(
  emergencies: readonly ActiveEmergency[],
  ratified: RatifiedCommit,
  repository: GitRepository,
  call: Call = {},
): Promise<Suspended> {
  const touching = emergencies.filter(
    ({ ended, effective }) => !ended && effective.some(({ path }) => path === membersPath),
  );
  if (touching.length === 0) return { members: [], keys: [] };
  const taken = await Promise.all(touching.map(({ tree }) => takenBy(tree, ratified, repository, call)));
  return {
    members: [...new Set(taken.flatMap(({ members }) => members))].toSorted((a, b) => a - b),
    keys: [...new Set(taken.flatMap(({ keys }) => keys))].toSorted(),
  };
}

/** Members who are gone and keys that are gone in `tree`, by number. */
export async function takenBy(
  tree: Oid,
  ratified: Pick<RatifiedCommit, "commit">,
  repository: GitRepository,
  call: Call = {},
): Promise<Suspended> {
  const [before, after] = await Promise.all([
    membersOf(ratified.commit, repository, call),
    membersOf(tree, repository, call),
  ]);
  return takenFrom(before, after);
}

async function membersOf(treeish: Oid, repository: GitRepository, call: Call): Promise<Members> {
  const members = await membersAt(repository, treeish, call);
  if (!members?.ok) throw new TypeError(`members.yaml of ${treeish} cannot be read, though it was accepted before`);
  return members.value.value;
}

function takenFrom(before: Members, after: Members): { members: number[]; keys: string[] } {
  const later = new Map(after.members.map((member) => [member.number, member]));
  return {
    members: before.members.flatMap(({ number }) => (later.has(number) ? [] : [number])),
    keys: before.members.flatMap(({ number, sshKeys }) => {
      const now = later.get(number);
      return sshKeys.filter((key) => !now?.sshKeys.includes(key));
    }),
  };
}
