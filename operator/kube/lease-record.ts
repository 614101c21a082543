/**
 * The pure half of leader election: who may take the lease, and what is written when it is.
 *
 * Clocks of different machines differ, so the times in the lease are for people only. What counts is when *we* saw the
 * record change last: only when it has not changed for its own duration, by our clock, is its holder taken for dead.
 */

import { type Lease, leases } from "./builtin-types.ts";
import { apiVersionOf } from "./resource.ts";

/** A state of the lease, and when we first saw it (ms since the epoch, our clock). */
export interface Observation {
  lease: Lease;
  at: number;
}

export interface LeaseTerms {
  name: string;
  namespace: string;
  identity: string;
  durationMs: number;
}

/** The same observation as long as holder and renewals stay the same. */
export function observe(before: Observation | undefined, lease: Lease, now: number): Observation {
  const same = before !== undefined && JSON.stringify(before.lease.spec) === JSON.stringify(lease.spec);
  // A clock that went back would make the record look fresh for too long; then its age is counted anew.
  return { lease, at: same && before.at <= now ? before.at : now };
}

export function holderOf(lease: Lease | undefined): string | undefined {
  return lease?.spec?.holderIdentity || undefined;
}

/** Nobody holds it, we do, or its holder has not renewed it for as long as it promised to. */
export function mayTake(observation: Observation, identity: string, now: number): boolean {
  const holder = holderOf(observation.lease);
  if (holder === undefined || holder === identity) return true;
  const durationMs = (observation.lease.spec?.leaseDurationSeconds ?? 0) * 1000;
  return now >= observation.at + durationMs;
}

/** The lease as we write it when we take or renew it. */
export function heldBy(terms: LeaseTerms, before: Lease | undefined, now: number): Lease {
  const mine = holderOf(before) === terms.identity;
  const transitions = before?.spec?.leaseTransitions ?? 0;
  return {
    ...identityOf(terms, before),
    spec: {
      holderIdentity: terms.identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(terms.durationMs / 1000)),
      acquireTime: (mine ? before?.spec?.acquireTime : undefined) ?? microTime(now),
      renewTime: microTime(now),
      leaseTransitions: before && !mine ? transitions + 1 : transitions,
    },
  };
}

/** The lease as we leave it: free, and short, so that nobody waits for us. */
export function released(terms: LeaseTerms, before: Lease, now: number): Lease {
  return {
    ...identityOf(terms, before),
    spec: { ...before.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(now) },
  };
}

/** `metav1.MicroTime`: six digits after the second. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

function identityOf(terms: LeaseTerms, before: Lease | undefined): Lease {
  const { name, namespace } = terms;
  const metadata = before?.metadata ?? { name, namespace };
  return { apiVersion: apiVersionOf(leases), kind: leases.kind, metadata };
}
