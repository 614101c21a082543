/**
 * Which replica goes on which host: greedy, in order of precedence, without memory. Each deployment keeps the replicas whose hosts still take
 * them. What it lacks goes to the best host that every filter lets through. What leaves while it serves goes on until enough others are
 * ready (or its owner's patience ends). Where only room is missing, replicas of lower priority may have to give way. Everything that exists
 * takes room until it is really gone, so no host is ever promised twice. The same snapshot gives the same plan, in whatever order its hosts and
 * demands come; carried out and planned again it comes to rest.
 */
import { admit } from "./admit.ts";
import { Ledger } from "./ledger.ts";
import { relieve } from "./overcommit.ts";
import { preempt } from "./preempt.ts";
import type { Refusal } from "./refusal.ts";
import { residentsOf } from "./residents.ts";
import { byPrecedence, rosterOf } from "./roster.ts";
import { settle } from "./settle.ts";
import { defaultPatience, type PlacementSnapshot } from "./snapshot.ts";

export function plan(snapshot: PlacementSnapshot): Plan {
  const hosts = new Map(snapshot.hosts.toSorted(byName).map((host) => [host.name, host]));
  const patience = { ...defaultPatience, ...snapshot.patience };
  const ledger = new Ledger(snapshot, hosts);
  const { now, demands } = snapshot;
  const rosters = demands.toSorted(byPrecedence).map((demand) => rosterOf(demand, { now, hosts, patience }));
  const room = { now, hosts, ledger, residents: residentsOf(rosters) };
  relieve(room);
  for (const roster of rosters) {
    const wanted = snapshot.only === undefined || roster.demand.deployment === snapshot.only;
    admit(roster, room, wanted);
    if (roster.missing > 0) preempt(roster, room);
    if (wanted && snapshot.only !== undefined) break;
  }
  const asked = rosters.filter(({ demand }) => snapshot.only === undefined || demand.deployment === snapshot.only);
  const deployments = asked.map((roster) => settle(roster, hosts)).toSorted(byDeployment);
  return { deployments, preemptions: rosters.flatMap(({ preempting }) => preempting) };
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function byDeployment(a: { deployment: string }, b: { deployment: string }): number {
  return a.deployment < b.deployment ? -1 : 1;
}

export interface Plan {
  /** One per demand that was asked for, sorted by `deployment`. */
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
  /** When replicas are missing: every host that carries none and could take none, sorted by host. */
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
