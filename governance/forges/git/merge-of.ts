/**
 * Which proposal a commit of the policy branch merged, by what git says: its second parent is the head of a proposal, or, for squashed
 * and rebased ones, its message names one. Only a claim: whether the tree is what was voted on is found out elsewhere.
 */
import type { GitCommit } from "../../git/repository.ts";
import type { KnownProposal } from "./known-proposals.ts";
import { proposalIdPattern, remoteRefs } from "./names.ts";

export const proposalTrailer = "Commonhold-Proposal";

/** `proposals`: members' first. */
export function mergedProposal(commit: GitCommit, proposals: readonly KnownProposal[]): string | undefined {
  const named = trailerOf(commit.message);
  const [, second] = commit.parents;
  const byHead = second === undefined ? [] : proposals.filter(({ head }) => head === second);
  // Anybody may propose a head that is proposed already. The message says which one was meant, else a member's is.
  const [meant] = [
    ...byHead.filter(({ id }) => id === named),
    ...byHead.filter(({ oid }) => commit.message.includes(branchName(oid))),
    ...byHead,
    ...proposals.filter(({ id }) => id === named),
  ];
  return meant?.id;
}

/** The line that `commonhold merge` writes at the end of a message. */
export function withTrailer(message: string, proposal: string): string {
  return `${message.trimEnd()}\n\n${proposalTrailer}: ${proposal}\n`;
}

/** Of the last paragraph, as git's trailers are. */
function trailerOf(message: string): string | undefined {
  const paragraph =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? "";
  const prefix = `${proposalTrailer}: `;
  const line = paragraph.split("\n").findLast((text) => text.startsWith(prefix));
  const id = line?.slice(prefix.length).trim();
  return id !== undefined && proposalIdPattern.test(id) ? id : undefined;
}

/** What git itself writes into the message of a merge. */
function branchName(opening: string): string {
  return remoteRefs.head(opening).replace("refs/heads/", "");
}
