/**
 * Where each existing replica stands: it stays, or it leaves and why, and until when its owner waits. A ready replica stays through
 * everything that only concerns new ones (disk, versions, back-off); one that serves nobody yet and cannot get further leaves for these too.
 */
import { firstRefusal } from "./filters/all.ts";
import { nothingUsed } from "./filters/filter.ts";
import type { LeaveReason } from "./plan.ts";
import type { Refusal, RefusalCode } from "./refusal.ts";
import type { CurrentReplica, Demand, Patience, PlacementHost } from "./snapshot.ts";

export type Standing =
  | { readonly kind: "Stays" }
  /** `urgent`: goes at once, replaced or not. */
  | { readonly kind: "Leaves"; readonly why: LeaveReason; readonly urgent: boolean; readonly mustLeaveAt?: number };

export interface Circumstances {
  readonly now: number;
  readonly hosts: ReadonlyMap<string, PlacementHost>;
  readonly patience: Patience;
}

const stays: Standing = { kind: "Stays" };

export function standingOf(replica: CurrentReplica, demand: Demand, circumstances: Circumstances): Standing {
  if (replica.state === "Removing") return { kind: "Leaves", why: { code: "BeingRemoved" }, urgent: true };
  for (const { name } of replica.hosts) {
    const host = circumstances.hosts.get(name);
    if (!host) return { kind: "Leaves", why: { code: "HostGone", host: name }, urgent: true };
    const standing = standingOn(host, replica, demand, circumstances);
    if (standing.kind === "Leaves") return standing;
  }
  return stays;
}

function standingOn(host: PlacementHost, replica: CurrentReplica, demand: Demand, at: Circumstances): Standing {
  // Memory and count are asked for all replicas of a host together (`overcommit.ts`): alone it takes no room beside itself.
  const detail = firstRefusal({ now: at.now, demand: { ...demand, bytesOn: () => 0 }, host, usage: nothingUsed });
  if (!detail) return stays;
  const refusal: Refusal = { ...detail, host: host.name };
  const leaves = { kind: "Leaves", why: { code: "HostRefuses", refusal } } as const;
  switch (refusal.code) {
    case "HostNotReady":
      return at.now >= refusal.since + at.patience.lostGraceMs ? { ...leaves, urgent: false } : stays;
    case "HostLeaving":
    case "Paused":
    case "QuietHours": {
      const mustLeaveAt = refusal.since + at.patience.ownerWaitsMs;
      return { ...leaves, urgent: at.now >= mustLeaveAt || unserved(replica), mustLeaveAt };
    }
    case "TrustTooLow":
    case "InsecureTransport":
      return { ...leaves, urgent: true };
    case "WrongLayer":
    case "SelectorMismatch":
    case "NamespaceNotAllowed":
      return { ...leaves, urgent: unserved(replica) };
    default:
      return stuckFor.has(refusal.code) && stuck(replica) ? { ...leaves, urgent: true } : stays;
  }
}

/** Refusals of new replicas that also end one which has not come further than waiting or failing. */
const stuckFor: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "EngineVersionUnknown",
  "EngineTooOld",
  "ModelNotSupported",
  "NameInTheWay",
  "NotEnoughDisk",
  "BackingOff",
]);

function stuck({ state }: CurrentReplica): boolean {
  return state === "Pending" || state === "Failed";
}

/** Nobody is served by it: there is nothing to drain. `Lost` ones may come back and are kept until replaced. */
export function unserved({ state }: CurrentReplica): boolean {
  return state !== "Ready" && state !== "Lost";
}
