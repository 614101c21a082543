/**
 * What a place where proposals are made has to give, whichever it is. A forge is believed about little: who has an
 * account, and what was said there. Everything that can be read from git objects is read from them, and every answer is
 * the present state, so that a lost, doubled or reordered notice changes nothing.
 */
import type { Account, Choice } from "../constitution/snapshot.ts";
import type { Oid, Remote } from "../git/repository.ts";

export interface Forge {
  readonly kind: "git" | "github";
  /** Who this repository is, for ever: `git:<genesis commit>` or `github:<numeric id>`. Throws a `ForgeError` (`identity`) where it was renamed away, transferred or made anew. */
  identify(signal: AbortSignal): Promise<ForgeIdentity>;
  /** Where its objects are fetched from, and which refs hold the policy branch and all heads of proposals. */
  remote(signal: AbortSignal): Promise<Remote>;
  readonly fetchRefspecs: readonly string[];
  /** After a fetch: every proposal that is open, or that was closed or merged after `since` (ms). Members' first, at most `proposalsMax`. */
  proposals(since: number, signal: AbortSignal): Promise<ForgeProposals>;
  /** Which proposal a commit of the policy branch merged, as the forge says; a claim that git objects then have to bear out. */
  mergeOf(commit: Oid, signal: AbortSignal): Promise<string | undefined>;
  /** Shows how a proposal stands, replacing what was shown before. Showing the same again does nothing. */
  report(report: ProposalReport, signal: AbortSignal): Promise<void>;
  /** Says on a commit of the policy branch what became of it. */
  reportCommit(report: CommitReport, signal: AbortSignal): Promise<void>;
  /** Offers a change back to the last ratified tree, once per commit; who may merge merges it. */
  offerRevert(revert: RevertOffer, signal: AbortSignal): Promise<void>;
}

export interface ForgeIdentity {
  readonly repository: string;
  /** For people, untrusted. */
  readonly name: string;
  /** The forge's own clock at the time of the answer, ms; undefined where it has none. */
  readonly now?: number;
  /** The name under which it was asked for, where it has another one now: to be said, not acted on. */
  readonly renamedFrom?: string;
}

export interface ForgeProposals {
  readonly proposals: readonly ForgeProposal[];
  /** How many were left for the next time, because of a limit. */
  readonly omitted: number;
  /** Ids of those that were left out, where they are known: what was noted of them is kept. */
  readonly omittedIds?: readonly string[];
  /** How many are no proposals though they look like some: unsigned, broken, of another repository. */
  readonly refused?: number;
}

export interface ForgeProposal {
  /** `github:<repository id>/<number>` or `git:<genesis>/<opening>`. */
  readonly id: string;
  /** For people: `#7`, `3f2a9c41`. */
  readonly label: string;
  readonly url?: string;
  /** Untrusted text. */
  readonly title: string;
  readonly proposer: Account;
  /** The forge's time, ms; undefined: when it is first seen. */
  readonly openedAt?: number;
  readonly state: "open" | "closed" | "merged";
  /** Names the commit that merged it, as the forge says. */
  readonly mergeCommit?: Oid;
  readonly mergedAt?: number;
  readonly head: {
    readonly oid: Oid;
    /** The forge's time of the push; undefined: when it is first seen. */
    readonly since?: number;
    readonly pushedBy?: Account;
  };
  readonly isEmergency: boolean;
  /** In the order in which the forge received them. */
  readonly ballots: readonly ForgeBallot[];
}

export interface ForgeBallot {
  readonly id: string;
  readonly by: Account;
  readonly choice: Choice;
  readonly head: Oid;
  /** Digest of the plan that it names; undefined: that which was shown when it was cast. */
  readonly plan?: string;
  /** Which proposal it names, where it does. */
  readonly proposal?: string;
  /** The forge's time, ms; undefined: when it is first seen. */
  readonly at?: number;
  readonly isEmergency: boolean;
  readonly replaces: readonly string[];
  readonly isEdited: boolean;
  readonly isReasoned: boolean;
  readonly dismissedBy?: Account;
  /** Checked already, over git objects. `object`: where it can be checked again. */
  readonly signature?: { readonly key: string; readonly isValid: boolean; readonly object: Oid };
}

export interface ProposalReport {
  readonly proposal: string;
  readonly head: Oid;
  readonly plan: CheckReport;
  readonly vote: CheckReport;
  /** The same as data, for the command line. */
  readonly data: unknown;
}

export interface CheckReport {
  readonly state: "pending" | "success" | "failure";
  /** One line, at most 140 characters. */
  readonly title: string;
  /** Markdown in which everything from outside is escaped already. */
  readonly summary: string;
  /** Problems with their places. */
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

export interface CommitReport {
  readonly commit: Oid;
  readonly state: "pending" | "success" | "failure";
  readonly title: string;
  readonly summary: string;
}

export interface RevertOffer {
  /** Head of the policy branch. */
  readonly head: Oid;
  /** Commit whose tree is the last ratified one, with `head` as its parent; it is in the local repository. */
  readonly revert: Oid;
  readonly title: string;
  readonly body: string;
}

export type ForgeErrorCode = "unreachable" | "limited" | "refused" | "identity" | "invalid";

export class ForgeError extends Error {
  override readonly name = "ForgeError";
  readonly code: ForgeErrorCode;
  readonly isTransient: boolean;
  /** How long to wait, where the forge said so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ForgeErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.isTransient = code === "unreachable" || code === "limited";
    this.retryAfterMs = options.retryAfterMs;
  }
}
