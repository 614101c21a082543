/**
 * What the service saw first at what time, in one order. Plain git has no clock that could be believed: a ballot counts from
 * when it was first seen, never from what it says of itself; and on every forge it is this order that tells which ballot of
 * a member is the last. A sighting is on disk before anything is decided with it.
 */
export type SightingKind = "proposal" | "head" | "plan" | "ballot" | "merge" | "closed";

export interface Sighting {
  /** From 0, without gaps among those that were ever noted. */
  readonly sequence: number;
  readonly kind: SightingKind;
  readonly proposal: string;
  /** Head, plan, ballot or commit; empty for the proposal itself. A plan is `<head> <digest>`. */
  readonly id: string;
  /** Milliseconds since 1970: the forge's own time where it has one, else when it was seen. */
  readonly at: number;
}

/** Something that may have been seen before. `at`: the forge's time, where it has one. */
export interface Seen {
  readonly kind: SightingKind;
  readonly proposal: string;
  readonly id: string;
  readonly at?: number;
}

/** What is new among `seen`, in the order in which it happened as far as that can be known. A time in the future is not believed. */
export function newSightings(
  seen: readonly Seen[],
  known: (seen: Seen) => boolean,
  next: number,
  now: number,
): Sighting[] {
  const fresh = new Map<string, Seen>();
  for (const one of seen) if (!known(one) && !fresh.has(keyOf(one))) fresh.set(keyOf(one), one);
  return [...fresh.values()]
    .map(({ kind, proposal, id, at }) => ({ kind, proposal, id, at: Math.min(at ?? now, now) }))
    .toSorted((a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind))
    .map((one, index) => ({ sequence: next + index, ...one }));
}

/** What of one moment comes first: a ballot that was there when a merge was first seen came before it. */
const order: readonly SightingKind[] = ["proposal", "head", "plan", "ballot", "merge", "closed"];

export function keyOf({ kind, proposal, id }: Pick<Seen, "kind" | "proposal" | "id">): string {
  return `${kind} ${proposal} ${id}`;
}
