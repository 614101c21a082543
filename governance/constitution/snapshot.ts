/**
 * All that a verdict depends on, as data. Who fills it reads everything else first: the forge gives proposal, ballots and
 * merge, git gives trees and changes, the log gives what was ratified when. Times are milliseconds since the Unix epoch.
 */
import type { Constitution, Sealed } from "./documents/constitution.ts";
import type { Members } from "./documents/members.ts";
import type { Parsed } from "./documents/problem.ts";
import type { JsonValue } from "./documents/yaml-tree.ts";

export interface Snapshot {
  readonly proposal: Proposal;
  /** What was ratified when the proposal was opened. */
  readonly opening: Ratified;
  /** What is ratified now: the last ratified tree, never the proposal's own base or head. */
  readonly current: Ratified;
  /** What emergencies have taken that are not ratified and not over. */
  readonly suspended: Suspended;
  /** All ballots that the forge has, those that cannot count too; in any order. */
  readonly ballots: readonly Ballot[];
  readonly merged?: Merge;
}

export interface Suspended {
  /** Numbers of members. */
  readonly members: readonly number[];
  readonly keys: readonly string[];
}

export interface Ratified {
  readonly constitution: Sealed<Constitution>;
  readonly members: Sealed<Members>;
}

export interface Proposal {
  /** Names the proposal among all of all repositories, for example `github:123456/7`. A ballot repeats it. */
  readonly id: string;
  readonly proposer: Account;
  readonly openedAt: number;
  readonly head: Head;
  /** Digest of the change of the governed blobs. */
  readonly plan: string;
  /** From the last ratified tree to the tree that a merge would make. */
  readonly changes: readonly Change[];
  /** What the head's tree holds, where the proposal changes it. */
  readonly candidate: {
    readonly constitution?: Parsed<Sealed<Constitution>>;
    readonly members?: Parsed<Sealed<Members>>;
  };
  /** Set where it asks for the emergency procedure. `ratifiedAt`: when an ordinary vote confirmed it. */
  readonly emergency?: { readonly ratifiedAt?: number };
}

export interface Head {
  readonly sha: string;
  /** When the forge first had this head on the proposal; the opening, where nothing was pushed since. */
  readonly since: number;
  /** Who put it there: the proposer where nothing was pushed since the opening; undefined where it cannot be known. */
  readonly pushedBy?: Account;
  /** Of the head commit. */
  readonly signature?: Signature;
}

export type Account =
  | { readonly kind: "github"; readonly id: number; readonly login: string; readonly isBot: boolean }
  /** `type base64`, as in `Member.sshKeys`. */
  | { readonly kind: "key"; readonly key: string };

/** Checked by who filled the snapshot; whose key it is, is decided here. */
export interface Signature {
  readonly key: string;
  readonly isValid: boolean;
}

export type Choice = "yes" | "no" | "abstain";

export interface Ballot {
  /** Names the ballot for ever: the id of a review or comment, the digest of a signed object. */
  readonly id: string;
  /** Place in the order in which the forge received it. This, not a time, says which ballot of a member is the last. */
  readonly sequence: number;
  /** When the forge received it. In plain git: when the service first saw it, never what the ballot says of itself. */
  readonly at: number;
  readonly proposal: string;
  readonly by: Account;
  readonly choice: Choice;
  /** Head that it is for. */
  readonly head: string;
  /** Digest of the plan that it is for. */
  readonly plan: string;
  /** Over proposal, head, plan, choice, procedure and what it replaces. */
  readonly signature?: Signature;
  /** Cast as a signature of an emergency; else it is for an ordinary vote, and neither counts for the other. */
  readonly isEmergency?: boolean;
  /** Ids of the member's own ballots that they know to be older, delivered or not: who carries ballots cannot reorder them. */
  readonly replaces?: readonly string[];
  /** The text that makes it a ballot was changed after it was written. */
  readonly isEdited?: boolean;
  /** Words came with it. */
  readonly isReasoned?: boolean;
  readonly dismissedBy?: Account;
}

export interface Merge {
  readonly at: number;
  /** Ballots with a greater sequence came after it. */
  readonly sequence: number;
}

export interface Change {
  readonly kind: "added" | "modified" | "removed" | "renamed";
  /** The new name, or the only one. */
  readonly path: string;
  /** The old name of what was renamed. */
  readonly from?: string;
  /** Git's mode of the new entry; none for what was removed. */
  readonly mode?: string;
  /** The object in the file before and after, read strictly; needed for emergencies. */
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** Digests (`spec.model.digest`) that were ratified for this file before. */
  readonly earlierDigests?: readonly string[];
}
