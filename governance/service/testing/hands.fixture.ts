/**
 * The hands of people in plain git: commits, openings, ballots, closings and merges are made with git objects, with none of the
 * service's code for reading them.
 */
import type { ManualClock } from "../../../operator/clock/manual.ts";
import type { Choice } from "../../constitution/snapshot.ts";
import { planDigest } from "../../evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../forges/git/ballot.ts";
import { closingTagName, formatClosing } from "../../forges/git/closing.ts";
import { proposalIdOf, remoteRefs } from "../../forges/git/names.ts";
import { formatOpening, openingTagName } from "../../forges/git/opening.ts";
import type { GitRepository, Oid } from "../../git/repository.ts";
import type { DecisionLog } from "../../log/decision-log.ts";
import { lastRatified } from "../../verification/ratified.ts";
import { type Files, keys, type Name } from "./policy.fixture.ts";

export interface ProposalHandle {
  readonly id: string;
  readonly opening: Oid;
  head: Oid;
}

/** What people do to the remote of a community in plain git. */
export interface Hands {
  /** The remote, as anybody with the right to push has it. */
  readonly remote: GitRepository;
  main(): Promise<Oid>;
  /** A commit above `base` (the branch's head) with some files changed. */
  commit(files: Files, options?: { by?: Name; base?: Oid; parents?: readonly Oid[] }): Promise<Oid>;
  /** Moves the policy branch without asking anybody. */
  push(commit: Oid): Promise<void>;
  propose(by: Name, files: Files, options?: ProposeOptions): Promise<ProposalHandle>;
  /** Moves a proposal's branch. */
  amend(proposal: ProposalHandle, by: Name, files: Files): Promise<void>;
  vote(by: Name, proposal: ProposalHandle, choice: Choice, options?: VoteOptions): Promise<Oid>;
  close(by: Name, proposal: ProposalHandle): Promise<void>;
  merge(proposal: ProposalHandle, options?: MergeOptions): Promise<Oid>;
}

export interface ProposeOptions {
  readonly emergency?: boolean;
  readonly base?: Oid;
  readonly title?: string;
}

export interface VoteOptions {
  readonly emergency?: boolean;
  /** Bends what is signed. */
  readonly head?: Oid;
  readonly plan?: string;
  readonly proposalId?: string;
  readonly replaces?: readonly string[];
}

export interface MergeOptions {
  readonly method?: "merge" | "squash" | "rebase";
  readonly by?: Name;
  /** In place of the tree that the merge makes. */
  readonly tree?: Oid;
}

export interface HandsOptions {
  /** As anybody with the right to push has it. */
  readonly remote: GitRepository;
  readonly genesis: Oid;
  readonly clock: ManualClock;
  /** What voters look at: ballots are for the change of what is ratified. */
  readonly log: Pick<DecisionLog, "records">;
}

export function handsOn({ remote, genesis, clock, log }: HandsOptions): Hands {
  const at = (): number => clock.now();
  const main = async (): Promise<Oid> => (await remote.resolve("refs/heads/main")) as Oid;
  const treeOf = async (oid: Oid): Promise<Oid> => (await remote.commit(oid))?.tree as Oid;
  const commit: Hands["commit"] = async (files, { by, base, parents } = {}) => {
    const parent = base ?? (await main());
    const tree = await remote.writeTree(await treeOf(parent), bytes(files));
    const signer = by && keys[by];
    return remote.writeCommit({
      tree,
      parents: parents ?? [parent],
      message: "change",
      at: at(),
      ...(signer && { signer }),
    });
  };
  const push = (oid: Oid): Promise<void> => remote.updateRef("refs/heads/main", oid);
  const tag = (by: Name, name: string, object: Oid, message: string): Promise<Oid> =>
    remote.writeTag({ object, name, message, at: at(), signer: keys[by] });
  const mergedTree = async (ours: Oid, theirs: Oid): Promise<Oid> => {
    const merged = await remote.mergeTree(ours, theirs);
    if (!merged.ok) throw new Error(`conflicts in ${merged.conflicts.join(", ")}`);
    return merged.tree;
  };

  return {
    ...{ remote, main, commit, push },
    async propose(by, files, { emergency = false, base, title = "a change" } = {}) {
      const from = base ?? (await main());
      const head = await commit(files, { by, base: from });
      const opening = await tag(
        by,
        openingTagName,
        head,
        formatOpening({ repository: `git:${genesis}`, base: from, head, emergency, title }),
      );
      await remote.updateRef(remoteRefs.opening(opening), opening);
      await remote.updateRef(remoteRefs.head(opening), head);
      return { id: proposalIdOf(genesis, opening), opening, head };
    },
    async amend(proposal, by, files) {
      proposal.head = await commit(files, { by, base: proposal.head });
      await remote.updateRef(remoteRefs.head(proposal.opening), proposal.head);
    },
    async vote(
      by,
      proposal,
      choice,
      { emergency = false, head = proposal.head, plan, proposalId = proposal.id, replaces = [] } = {},
    ) {
      const ratified = lastRatified(log.records);
      const now = plan ?? planDigest(await remote.diff(ratified.tree, await mergedTree(await main(), head)));
      const message = formatBallot({ proposal: proposalId, choice, head, plan: now, emergency, replaces });
      const oid = await tag(by, ballotTagName, head, message);
      await remote.updateRef(remoteRefs.ballot(proposal.opening, oid), oid);
      return oid;
    },
    async close(by, proposal) {
      const oid = await tag(by, closingTagName, proposal.head, formatClosing({ proposal: proposal.id }));
      await remote.updateRef(remoteRefs.closing(proposal.opening, oid), oid);
    },
    async merge(proposal, { method = "merge", by, tree } = {}) {
      const base = await main();
      const content = tree ?? (await mergedTree(base, proposal.head));
      const signer = by && keys[by];
      const signed = { at: at(), ...(signer && { signer }) };
      const trailer = `merge\n\nCommonhold-Proposal: ${proposal.id}\n`;
      if (method === "rebase") return rebase(proposal, base);
      const parents = method === "merge" ? [base, proposal.head] : [base];
      const oid = await remote.writeCommit({ tree: content, parents, message: trailer, ...signed });
      await push(oid);
      return oid;
    },
  };

  async function rebase(proposal: ProposalHandle, onto: Oid): Promise<Oid> {
    const fork = (await remote.mergeBase(onto, proposal.head)) as Oid;
    let tip = onto;
    let previous = fork;
    const commits = await remote.range(fork, proposal.head);
    for (const [index, oid] of commits.entries()) {
      const step = await remote.diff(previous, oid);
      const files = await Promise.all(
        step.map(async ({ path, after }) => [path, after && (await remote.blob(after.oid))] as const),
      );
      const tree = await remote.writeTree(await treeOf(tip), Object.fromEntries(files));
      const trailer = index === commits.length - 1 ? `\n\nCommonhold-Proposal: ${proposal.id}\n` : "\n";
      tip = await remote.writeCommit({ tree, parents: [tip], message: `step ${index}${trailer}`, at: at() });
      previous = oid;
    }
    await push(tip);
    return tip;
  }
}

export function bytes(files: Files): Record<string, Uint8Array | undefined> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, text === undefined ? undefined : Buffer.from(text)]),
  );
}
