/**
 * What of the policy branch belongs together. A merge commit or a squash is one commit by first parent; a rebase puts a
 * proposal's commits there one after the other, and they are one unit; a merge queue pushes several units at once. The forge
 * says which proposal a commit merged; that it fits is seen from git objects afterwards.
 */
import type { ForgeProposal } from "../forges/forge.ts";
import type { Call, GitCommit, GitRepository, Oid } from "../git/repository.ts";

export interface MergeUnit {
  /** By first parent, oldest first. */
  readonly commits: readonly Oid[];
  readonly tip: GitCommit;
  /** The commit before the first of them. */
  readonly base: GitCommit;
  readonly proposal?: ForgeProposal;
}

export interface UnitSources {
  readonly repository: GitRepository;
  /** The proposal that merged this commit, as the forge says. */
  claimOf(commit: Oid): Promise<ForgeProposal | undefined>;
}

/** Commits of a rebased proposal that are looked for. */
export const rebasedMax = 250;

/** The unit that begins with the first of `pending` (first-parent commits that were not judged yet, oldest first). */
export async function nextUnit(
  pending: readonly [Oid, ...Oid[]],
  { repository, claimOf }: UnitSources,
  call: Call = {},
): Promise<MergeUnit> {
  const [oid] = pending;
  const first = await commitOf(repository, oid, call);
  const base = await commitOf(repository, parentOf(first), call);
  const proposal = await claimOf(oid);
  if (proposal && endsAt(proposal, oid)) return { commits: [oid], tip: first, base, proposal };
  const rebased =
    first.parents.length === 1 ? await rebasedUnit(pending, base, { repository, claimOf }, call) : undefined;
  return rebased ?? { commits: [oid], tip: first, base, ...(proposal && { proposal }) };
}

/** Some forges say of every commit of a rebased proposal that it belongs to it; one of them is the last. */
function endsAt({ mergeCommit }: ForgeProposal, oid: Oid): boolean {
  return mergeCommit === undefined || mergeCommit === oid;
}

/** Up to the next commit with which a proposal ends, if it has as many commits, and none of those before belongs to another one. */
async function rebasedUnit(
  pending: readonly Oid[],
  base: GitCommit,
  { repository, claimOf }: UnitSources,
  call: Call,
): Promise<MergeUnit | undefined> {
  let begun: string | undefined;
  for (const [index, oid] of pending.slice(0, rebasedMax).entries()) {
    const tip = await commitOf(repository, oid, call);
    if (tip.parents.length !== 1) return undefined;
    const proposal = await claimOf(oid);
    if (!proposal) continue;
    begun ??= proposal.id;
    if (begun !== proposal.id) return undefined;
    if (!endsAt(proposal, oid)) continue;
    const length = await commitsOf(proposal, base.oid, repository, call);
    return length === index + 1 ? { commits: pending.slice(0, length), tip, base, proposal } : undefined;
  }
  return undefined;
}

/** How many commits a rebase of the proposal copies: merges among them are left out by it. */
async function commitsOf({ head }: ForgeProposal, base: Oid, repository: GitRepository, call: Call): Promise<number> {
  const fork = await repository.mergeBase(base, head.oid, call);
  if (fork === undefined) return 0;
  const commits = await repository.range(fork, head.oid, call);
  const read = await Promise.all(commits.slice(0, rebasedMax + 1).map((oid) => repository.commit(oid, call)));
  return read.filter((commit) => commit?.parents.length === 1).length;
}

async function commitOf(repository: GitRepository, oid: Oid, call: Call): Promise<GitCommit> {
  const commit = await repository.commit(oid, call);
  if (!commit) throw new TypeError(`${oid} of the policy branch is not in the repository: it was not fetched`);
  return commit;
}

function parentOf({ oid, parents: [first] }: GitCommit): Oid {
  if (first === undefined) throw new TypeError(`${oid} has no parent, but was found after another commit`);
  return first;
}
