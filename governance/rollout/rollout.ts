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
}

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
  | "EmptySet"
  | "PruneCap"
  | "Unconfirmed"
  | "Refused"
  | "Unreachable"
  | "Unhealthy"
  | "NamespaceMissing";

export interface Rollout {
  /** One level-triggered step towards the target; safe to repeat and to break off anywhere. */
  advance(target: Target, signal: AbortSignal): Promise<RolloutOutcome>;
  /** Resolves when something governed changed in the cluster and a look is worth it. */
  changed(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}
