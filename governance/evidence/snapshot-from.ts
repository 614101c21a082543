/**
 * From evidence and git objects to the snapshot that is evaluated. The service decides from it and `commonhold log replay`
 * recomputes from it; there is no second way. Whatever git can tell is read here and not believed from the evidence: the
 * changes, the documents, the plan, and whether signatures hold and cover what the evidence says of a ballot.
 */
import { constitutionPath, membersPath } from "../constitution/paths/path-problem.ts";
import type { Ballot, Change, Proposal, Snapshot } from "../constitution/snapshot.ts";
import { parseBallot } from "../forges/git/ballot.ts";
import type { Call, GitRepository, Oid, TreeChange } from "../git/repository.ts";
import { signatureOf } from "../signatures/signature-of.ts";
import { candidateTree } from "./candidate-tree.ts";
import { changesOf, comparedChanges } from "./changes.ts";
import { constitutionAt, EvidenceError, membersAt, ratifiedDocuments } from "./documents-at.ts";
import type { Evidence, EvidenceBallot } from "./evidence.ts";
import { planDigest } from "./plan-digest.ts";

export interface SnapshotSources {
  readonly repository: GitRepository;
  /** Commits that were ratified before, oldest first; `current` is the last of them. */
  readonly ratified: readonly Oid[];
}

/** Throws an EvidenceError where git does not hold what the evidence speaks of. */
export async function snapshotFrom(
  evidence: Evidence,
  { repository, ratified }: SnapshotSources,
  call: Call = {},
): Promise<Snapshot> {
  const [opening, current, now] = await Promise.all([
    ratifiedDocuments(repository, evidence.opening, call),
    ratifiedDocuments(repository, evidence.current, call),
    repository.commit(evidence.current, call),
  ]);
  if (!now) throw new EvidenceError(`the ratified commit ${evidence.current} is not in the repository`);
  const diff = await repository.diff(now.tree, await candidateTree(evidence, repository, call), call);
  const [proposal, ballots] = await Promise.all([
    proposalFrom(evidence, diff, { repository, ratified }, call),
    Promise.all(evidence.ballots.map((ballot) => ballotFrom(ballot, repository, call))),
  ]);
  const { suspended, merged } = evidence;
  return { proposal, opening, current, suspended, ballots, ...(merged && { merged }) };
}

async function proposalFrom(
  { proposal, candidate }: Evidence,
  diff: readonly TreeChange[],
  { repository, ratified }: SnapshotSources,
  call: Call,
): Promise<Proposal> {
  const { id, proposer, openedAt, head, emergency } = proposal;
  const touched = (path: string): boolean => diff.some((change) => change.path === path && change.after);
  const [changes, constitution, members, commit] = await Promise.all([
    emergency ? comparedChanges(repository, diff, ratified, call) : (changesOf(diff) as Change[]),
    touched(constitutionPath) ? constitutionAt(repository, candidate.tree, call) : undefined,
    touched(membersPath) ? membersAt(repository, candidate.tree, call) : undefined,
    repository.commit(head.oid, call),
  ]);
  if (!commit) throw new EvidenceError(`the head ${head.oid} of ${id} is not in the repository`);
  const signature = signatureOf(commit);
  const { pushedBy } = head;
  return {
    id,
    proposer,
    openedAt,
    head: { sha: head.oid, since: head.since, ...(pushedBy && { pushedBy }), ...(signature && { signature }) },
    plan: planDigest(diff),
    changes,
    candidate: { ...(constitution && { constitution }), ...(members && { members }) },
    ...(emergency && { emergency }),
  };
}

/** A signature counts only over the very ballot that the evidence shows. */
async function ballotFrom(ballot: EvidenceBallot, repository: GitRepository, call: Call): Promise<Ballot> {
  const { object, ...shown } = ballot;
  if (object === undefined) return shown;
  const tag = await repository.tag(object, call);
  const signature = tag && signatureOf(tag);
  if (!tag || !signature) return { ...shown, signature: { key: keyOf(ballot), isValid: false } };
  const said = parseBallot(tag.message);
  const isSame =
    said !== undefined &&
    tag.object === ballot.head &&
    said.head === ballot.head &&
    said.plan === ballot.plan &&
    said.proposal === ballot.proposal &&
    said.choice === ballot.choice &&
    said.emergency === (ballot.isEmergency ?? false) &&
    sameList(said.replaces, ballot.replaces ?? []);
  return { ...shown, signature: { key: signature.key, isValid: signature.isValid && isSame } };
}

function keyOf({ by }: EvidenceBallot): string {
  return by.kind === "key" ? by.key : "";
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
