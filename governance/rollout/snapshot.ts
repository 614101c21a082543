/** All that a plan is made from. */
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import type { RolloutCode } from "./rollout.ts";

export interface Snapshot {
  readonly kinds: readonly GovernedKind[];
  /** Every object of the governed kinds by `objectKey`, whoever made it. */
  readonly live: ReadonlyMap<string, LiveObject>;
  /** Of those in which something is to be made. */
  readonly missingNamespaces: ReadonlySet<string>;
  /** What has failed in this step, by key: it is not tried again before the next one. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** The target was reached before: what differs is drift. */
  readonly wasApplied: boolean;
  /** Since when this target waits for others, ms; undefined: it does not yet. */
  readonly waitingSince: number | undefined;
  /** The object is as the API server left it after our last write. */
  readonly isSettled: (live: LiveObject) => boolean;
  readonly limits: { readonly removedShareMax: number; readonly healthDeadlineMs: number };
}

export interface Failure {
  readonly code: RolloutCode;
  /** One PascalCase word, for the receipt. */
  readonly reason: string;
  /** What went wrong, where, and what to do. */
  readonly sentence: string;
}
