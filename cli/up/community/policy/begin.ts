/**
 * Compares what a start wants with what the policy branch says, and opens a proposal for the difference. What an earlier start that
 * was killed left open is gone on with where it wants the same, and is given up where it does not.
 */
import { fetched, remoteRefs } from "../../../../governance/forges/git/names.ts";
import type { Oid, Signer } from "../../../../governance/git/repository.ts";
import { proposeFiles } from "../../../policy/files-proposal.ts";
import type { SigningFlags } from "../../../policy/flags.ts";
import { unratifiedPaths } from "../../../policy/judge.ts";
import { type PolicyMirror, withPolicy } from "../../../policy/mirror.ts";
import { type ListedProposal, listProposals } from "../../../policy/proposals.ts";
import type { Surroundings } from "../../../policy/surroundings.ts";
import type { PolicyFiles } from "../sample.ts";

export interface Wish {
  /** What it is for, one line. */
  readonly title: string;
  /** New text by path; none where everything is as wished. */
  readonly files: Readonly<Record<string, string>>;
}

export type Begun = {
  /** Ids of proposals of earlier starts that want something else. */
  readonly stale: readonly string[];
} & (
  | {
      readonly state: "same";
      /** What was decided last: it may not be in force yet. */
      readonly last: string | undefined;
    }
  | { readonly state: "proposed"; readonly proposal: OwnProposal }
  /** The branch holds what nobody ratified: whoever voted for something on top of it would vote for that too. */
  | {
      readonly state: "held";
      readonly paths: readonly string[];
      /** Branch by which governance offers the way back, where it does. */
      readonly revert?: string;
    }
);

export interface OwnProposal {
  readonly id: string;
  readonly title: string;
  readonly paths: readonly string[];
  readonly isVoted: boolean;
}

/** By this the proposals of starts are known. */
const description = "Proposed by `npm start`, for the machine that it runs on.";
/** Commits that are looked at for a file that was there once. */
const historyMax = 1_000;

export async function begin(
  flags: SigningFlags,
  around: Surroundings,
  signer: Signer,
  wishFor: (files: PolicyFiles) => Promise<Wish>,
): Promise<Begun> {
  return withPolicy(flags, around, async (policy) => {
    const { title, files } = await wishFor(filesOf(policy));
    const open = await openedByStarts(policy, signer);
    const paths = Object.keys(files);
    if (paths.length === 0) return { state: "same", last: lastProposal(policy), stale: open.map(({ id }) => id) };
    const strays = await unratifiedPaths(policy);
    if (strays.length > 0) return { state: "held", paths: strays, ...(await revertOf(policy)), stale: [] };
    const tree = await treeWith(policy, files);
    const alike = await firstThat(open, async ({ head }) => (await mergedTree(policy, head.oid)) === tree);
    const id = alike?.id ?? (await proposeFiles(policy, signer, { files, title, description }));
    const proposal = { id, title, paths, isVoted: alike !== undefined && hasVoted(alike, signer) };
    return { state: "proposed", proposal, stale: open.flatMap((one) => (one === alike ? [] : [one.id])) };
  });
}

function filesOf({ repository, head, call }: PolicyMirror): PolicyFiles {
  const read = async (treeish: Oid, path: string): Promise<string | undefined> => {
    const bytes = await repository.file(treeish, path, call);
    return bytes && Buffer.from(bytes).toString("utf8");
  };
  return {
    read: (path) => read(head, path),
    paths: async () => (await repository.tree(head, call)).map(({ path }) => path),
    had: async (path) => {
      const line = (await repository.firstParents(undefined, head, call)) ?? [];
      const found = await firstThat(line.slice(-historyMax), async (oid) => (await read(oid, path)) !== undefined);
      return found !== undefined;
    },
  };
}

async function openedByStarts(policy: PolicyMirror, { publicKey }: Signer): Promise<readonly ListedProposal[]> {
  const all = await listProposals(policy, true);
  return all.filter(
    ({ state, proposer, opening }) =>
      state === "open" && proposer.kind === "key" && proposer.key === publicKey && opening?.description === description,
  );
}

async function revertOf({ repository, head, call }: PolicyMirror): Promise<{ revert?: string }> {
  const ref = remoteRefs.revert(head);
  return (await repository.resolve(fetched(ref), call)) === undefined ? {} : { revert: ref };
}

function lastProposal({ decisions }: PolicyMirror): string | undefined {
  const last = decisions.records.findLast(({ record }) => record.kind === "ratified")?.record;
  return last?.kind === "ratified" ? last.proposal : undefined;
}

async function treeWith({ repository, head, call }: PolicyMirror, files: Wish["files"]): Promise<Oid> {
  const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  return repository.writeTree(head, bytes, call);
}

async function mergedTree({ repository, head, call }: PolicyMirror, proposed: Oid): Promise<Oid | undefined> {
  const merged = await repository.mergeTree(head, proposed, call);
  return merged.ok ? merged.tree : undefined;
}

function hasVoted({ ballots, head }: ListedProposal, { publicKey }: Signer): boolean {
  return ballots.some(
    ({ signature, head: of }) => signature?.isValid && signature.key === publicKey && of === head.oid,
  );
}

async function firstThat<T>(all: readonly T[], isIt: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of all) if (await isIt(one)) return one;
  return undefined;
}
