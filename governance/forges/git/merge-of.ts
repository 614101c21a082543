/**
 * Which proposal a commit of the policy branch merged, by what git says: its second parent is the head of a proposal, or, for squashed
 * and rebased ones, its message names one. Only a claim: whether the tree is what was voted on is found out elsewhere.
 */
import type { GitCommit, Oid } from "../../git/repository.ts";
import type { KnownProposal } from "./known-proposals.ts";
import { proposalIdPattern, remoteRefs } from "./names.ts";

export const proposalTrailer = "Commonhold-Proposal";

export interface MergeClaim {
  readonly proposal: KnownProposal;
  /** By the second parent; else only by a name in the message, which anybody can write who can push. */
  readonly isByHead: boolean;
}

export class MergeClaims {
  readonly #byId: ReadonlyMap<string, KnownProposal>;
  readonly #byHead = new Map<Oid, KnownProposal[]>();

  /** `proposals`: members' first. */
  constructor(proposals: readonly KnownProposal[]) {
    this.#byId = new Map(proposals.map((proposal) => [proposal.id, proposal]));
    for (const proposal of proposals) {
      const others = this.#byHead.get(proposal.head);
      if (others) others.push(proposal);
      else this.#byHead.set(proposal.head, [proposal]);
    }
  }

  of({ parents, message }: GitCommit): MergeClaim | undefined {
    const named = this.#byId.get(trailerOf(message) ?? "");
    const [, second] = parents;
    const byHead = (second !== undefined && this.#byHead.get(second)) || [];
    // Anybody may propose a head that is proposed already. The message says which one was meant, else it is a member's.
    const meant = byHead.find((one) => one === named) ?? byHead.find(({ oid }) => message.includes(branchName(oid)));
    const proposal = meant ?? byHead[0] ?? named;
    return proposal && { proposal, isByHead: byHead.length > 0 };
  }
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
function branchName(opening: Oid): string {
  return remoteRefs.head(opening).replace("refs/heads/", "");
}
