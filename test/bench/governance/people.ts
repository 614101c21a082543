/** What members do in plain git: propose, vote, merge. All of it by the objects that they sign, with none of the service's code. */
import { planDigest } from "../../../governance/evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../../governance/forges/git/ballot.ts";
import { proposalIdOf, remoteRefs } from "../../../governance/forges/git/names.ts";
import { formatOpening, openingTagName } from "../../../governance/forges/git/opening.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import { keys, type Name } from "../../../governance/service/testing/policy.fixture.ts";
import { branch, filesOf, modelText, type PolicyRepository } from "./repository.ts";

export interface Proposal {
  readonly opening: Oid;
  readonly head: Oid;
  /** Name of its Decision. */
  readonly decision: string;
}

/** Gives a model another context. Whoever proposes says yes by that. */
export async function propose(policy: PolicyRepository, by: Name, model: string, context: number): Promise<Proposal> {
  const { repository, genesis } = policy;
  const base = await headOf(repository);
  const at = Date.now();
  const signer = keys[by];
  const tree = await repository.writeTree(
    base,
    filesOf([model], (name) => modelText(name, context)),
  );
  const head = await repository.writeCommit({ tree, parents: [base], message: `context of ${model}`, at, signer });
  const title = `${model} gets a context of ${context}`;
  const message = formatOpening({ repository: `git:${genesis}`, base, head, emergency: false, title });
  const opening = await repository.writeTag({ object: head, name: openingTagName, message, at, signer });
  await repository.updateRef(remoteRefs.opening(opening), opening);
  await repository.updateRef(remoteRefs.head(opening), head);
  return { opening, head, decision: `git-${opening.slice(0, 12)}` };
}

export async function sayYes(policy: PolicyRepository, by: Name, { opening, head }: Proposal): Promise<void> {
  const { repository, genesis } = policy;
  const base = await headOf(repository);
  const plan = planDigest(await repository.diff(base, await mergedTree(repository, base, head)));
  const proposal = proposalIdOf(genesis, opening);
  const message = formatBallot({ proposal, choice: "yes", head, plan, emergency: false, replaces: [] });
  const tag = { object: head, name: ballotTagName, message, at: Date.now(), signer: keys[by] };
  const ballot = await repository.writeTag(tag);
  await repository.updateRef(remoteRefs.ballot(opening, ballot), ballot);
}

/** Everything of a merge but the push, which is what is timed. */
export async function mergeCommitOf({ repository }: PolicyRepository, { head }: Proposal): Promise<Oid> {
  const base = await headOf(repository);
  const tree = await mergedTree(repository, base, head);
  return repository.writeCommit({ tree, parents: [base, head], message: "merge", at: Date.now() });
}

async function headOf(repository: GitRepository): Promise<Oid> {
  const head = await repository.resolve(branch);
  if (head === undefined) throw new Error(`${branch} is gone`);
  return head;
}

async function mergedTree(repository: GitRepository, base: Oid, head: Oid): Promise<Oid> {
  const merged = await repository.mergeTree(base, head);
  if (!merged.ok) throw new Error(`a proposal conflicts in ${merged.conflicts.join(", ")}`);
  return merged.tree;
}
