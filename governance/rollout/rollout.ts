/** What rollout is told to make true, and what it says of it. */
import type { Receipt } from "../log/record.ts";
import type { GovernedObject, ObjectName, Policy } from "../policy/policy.ts";

/** A tree whose time has come, with the emergencies that are in force over it. */
export interface Target {
  /** Ratified commit and its tree. */
  readonly commit: string;
  readonly tree: string;
  readonly policy: Policy;
  /** Objects that emergencies reduce, in place of those of the same name. */
  readonly overlays: readonly { readonly proposal: string; readonly object: GovernedObject }[];
  /**
   * The log says that all of it was applied before. What differs then is drift: it is corrected at once, in no order and
   * whatever else is unhealthy. Within one process rollout remembers that by itself.
   */
  readonly wasApplied?: boolean;
}

/**
 * `receipts`: what was changed for this target since it was first advanced, or since it was last said to be applied. What an
 * earlier process changed for it counts too, as far as the objects still show it; what one pruned does not show. Then those
 * that failed in this step.
 */
export type RolloutOutcome =
  /** Everything is as the target says; what was changed on the way. */
  | { readonly state: "applied"; readonly receipts: readonly Receipt[]; readonly unchanged: number }
  /** Waits for the health of these objects before it goes on. */
  | { readonly state: "waiting"; readonly receipts: readonly Receipt[]; readonly waitsFor: readonly Waiting[] }
  /** Was refused or could not be finished; it will be tried again. */
  | {
      readonly state: "failed";
      readonly receipts: readonly Receipt[];
      readonly code: RolloutCode;
      readonly sentence: string;
    };

export interface Waiting extends ObjectName {
  /** What its status says. */
  readonly why: string;
}

export type RolloutCode =
  /** The target has no objects, or no model and no machine, and nobody confirmed that. Nothing was removed. */
  | "EmptySet"
  /** More would go than may go without confirmation. Nothing was removed. */
  | "PruneCap"
  /** A kind whose removal has to be confirmed; the others went. */
  | "Unconfirmed"
  /** The API server, or the allowlist of kinds, said no to an object. */
  | "Refused"
  /** Somebody else kept changing an object while it was written. */
  | "Conflict"
  /** The API server does not answer, or not in time. */
  | "Unreachable"
  /** What was changed is not healthy, and the time for it is over. */
  | "Unhealthy"
  | "NamespaceMissing";

export interface Rollout {
  /**
   * One level-triggered step towards the target; safe to repeat and to break off anywhere. One at a time. Rejects only with
   * the signal's reason, or when its client may not write any more (`FencedError`).
   */
  advance(target: Target, signal: AbortSignal): Promise<RolloutOutcome>;
  /** Resolves when a look is worth it: something governed changed, what is waited for moved, or the time for it is over. */
  changed(signal: AbortSignal): Promise<void>;
  /** Follows the cluster until the signal aborts; never rejects. `advance` waits for it. */
  run(signal: AbortSignal): Promise<void>;
}
