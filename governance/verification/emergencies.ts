/**
 * Emergencies in force. An emergency is never merged: when enough signed, what it changes lies over the ratified tree like a
 * sheet, until it expires, until an ordinary vote has made it last, or until an ordinary vote has changed the same file. So it
 * can be taken away again without a trace, and nothing that is merged meanwhile is held up by it.
 */
import type { Members } from "../constitution/documents/members.ts";
import { membersPath } from "../constitution/paths/path-problem.ts";
import type { Suspended } from "../constitution/snapshot.ts";
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
      return standing(record, stored.candidate.tree, base, repository, now, call);
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

/** The ratified tree with all emergencies over it. Two that change one file differently: the later one counts for it. */
export async function treeInForce(
  ratified: RatifiedCommit,
  emergencies: readonly ActiveEmergency[],
  repository: GitRepository,
  call: Call = {},
): Promise<Oid> {
  let tree = ratified.tree;
  for (const { effective, ended } of emergencies) {
    if (ended || effective.length === 0) continue;
    const files = await filesOf(effective, repository, call);
    tree = await laidOver(tree, files, ratified, repository, call);
  }
  return tree;
}

type Files = Readonly<Record<string, Uint8Array | undefined>>;

async function laidOver(tree: Oid, files: Files, ratified: RatifiedCommit, repository: GitRepository, call: Call) {
  const sheet = await repository.writeTree(ratified.tree, files, call);
  if (tree === ratified.tree) return sheet;
  const commit = (of: Oid): Promise<Oid> =>
    repository.writeCommit({ tree: of, parents: [ratified.commit], message: "emergency", at: ratified.at }, call);
  const merged = await repository.mergeTree(await commit(tree), await commit(sheet), call);
  return merged.ok ? merged.tree : repository.writeTree(tree, files, call);
}

async function filesOf(changes: readonly TreeChange[], repository: GitRepository, call: Call): Promise<Files> {
  const entries = await Promise.all(
    changes.map(async ({ path, after }) => [path, after && (await repository.blob(after.oid, call))] as const),
  );
  return Object.fromEntries(entries);
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
  const before = await membersOf(ratified.commit, repository, call);
  const taken = await Promise.all(
    touching.map(async ({ tree }) => takenFrom(before, await membersOf(tree, repository, call))),
  );
  return {
    members: [...new Set(taken.flatMap(({ members }) => members))].toSorted((a, b) => a - b),
    keys: [...new Set(taken.flatMap(({ keys }) => keys))].toSorted(),
  };
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
