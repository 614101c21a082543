/**
 * Which replica goes on which host. (Algorithm: see the paragraph at `plan`.)
 */
import type { Refusal } from "./refusal.ts";
import type { PlacementSnapshot } from "./snapshot.ts";

export interface Plan {
  /** One per demand, sorted by `deployment`. */
  readonly deployments: readonly DeploymentPlan[];
  readonly preemptions: readonly Preemption[];
}

export interface DeploymentPlan {
  /** `namespace/name`. */
  readonly deployment: string;
  /** Every current replica once, and the ones to add; sorted by id. */
  readonly replicas: readonly PlannedReplica[];
  /** Wanted replicas that no host can take now. */
  readonly missing: number;
  /** Every host that carries no replica of it and was not chosen, sorted by host. */
  readonly refusals: readonly Refusal[];
}

export interface PlannedReplica {
  readonly id: string;
  /** Bytes to reserve on each host; one host, until models are split. */
  readonly hosts: readonly { readonly name: string; readonly bytes: number }[];
  readonly action: PlannedAction;
}

export type PlannedAction =
  | { readonly kind: "Keep" }
  | { readonly kind: "Add" }
  /** Goes on serving until the replacement is ready; `mustLeaveAt` (ms) is the owner's patience, after which it goes anyway. */
  | { readonly kind: "Drain"; readonly why: LeaveReason; readonly mustLeaveAt?: number }
  | { readonly kind: "Remove"; readonly why: LeaveReason };

export type LeaveReason =
  | { readonly code: "ScaledDown" }
  /** Its host no longer takes it. */
  | { readonly code: "HostRefuses"; readonly refusal: Refusal }
  | { readonly code: "HostGone"; readonly host: string }
  /** Room for a deployment of higher priority. */
  | { readonly code: "Preempted"; readonly by: string }
  | { readonly code: "BeingRemoved" };

/** A replica gives way to a deployment of higher priority; that one is placed once the room is free. */
export interface Preemption {
  readonly deployment: string;
  readonly replica: string;
  readonly host: string;
  readonly by: string;
  /** `Now`: it serves nobody yet, or others of its deployment do. `WhenReplaced`: its replacement gets ready first. */
  readonly when: "Now" | "WhenReplaced";
}

export declare function plan(snapshot: PlacementSnapshot): Plan;
