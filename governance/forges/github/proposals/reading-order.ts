/**
 * Whose reviews and comments are read in this pass, and in which order. Pure. Anybody can open any number of pull requests and
 * change them as often as they like: so merges come first, then members' proposals, then the rest, each of which gets its
 * turn, those that waited longest first.
 */
import type { Tier } from "../api/quota.ts";
import type { Pull } from "../api/shapes.ts";

/** What was read of a pull request. Times by GitHub's clock, ms. */
export interface ReadState {
  readonly updatedAt: number;
  readonly readAt: number;
}

export interface ReadingLimits {
  /** Others' proposals that are read in one pass. */
  readonly othersMax: number;
  /** Unchanged ones that are looked at again in one pass. */
  readonly againMax: number;
  /** An unchanged one is looked at again after this; some edits leave no trace in the list. */
  readonly againMs: number;
}

export const defaultReadingLimits: ReadingLimits = { othersMax: 50, againMax: 20, againMs: 600_000 };

/** GitHub's times are of whole seconds: what happened in the second in which it was read may have been missed. */
const granularityMs = 2_000;

export interface Reading {
  readonly pull: Pull;
  readonly tier: Tier;
}

export function readingOrder(
  pulls: readonly Pull[],
  known: (number: number) => ReadState | undefined,
  isMember: (id: number) => boolean,
  now: number,
  limits: ReadingLimits = defaultReadingLimits,
): Reading[] {
  const readings = pulls.map((pull) => ({ pull, tier: tierOf(pull, isMember), read: known(pull.number) }));
  const changed = readings.filter(({ pull, read }) => !read || !isSettled(pull, read)).toSorted(longestWaiting);
  const others = changed.filter(({ tier }) => tier === "others").slice(0, limits.othersMax);
  const again = readings
    .filter(({ pull, read }) => read && isSettled(pull, read) && now - read.readAt >= limits.againMs)
    .filter(({ pull }) => pull.state === "open")
    .toSorted((a, b) => order(a) - order(b) || longestWaiting(a, b))
    .slice(0, limits.againMax);
  const ours = changed.filter(({ tier }) => tier !== "others").toSorted((a, b) => order(a) - order(b));
  return [...ours, ...again, ...others].map(({ pull, tier }) => ({ pull, tier }));
}

/** Nothing can have happened since it was read. */
export function isSettled(pull: Pull, { updatedAt, readAt }: ReadState): boolean {
  return updatedAt === pull.updated_at && readAt - updatedAt >= granularityMs;
}

function tierOf({ merged_at, user }: Pull, isMember: (id: number) => boolean): Tier {
  if (merged_at !== null) return "essential";
  return user.kind === "github" && isMember(user.id) ? "members" : "others";
}

const tiers: readonly Tier[] = ["essential", "members", "others"];

function order({ tier }: { tier: Tier }): number {
  return tiers.indexOf(tier);
}

function longestWaiting(
  a: { pull: Pull; read: ReadState | undefined },
  b: { pull: Pull; read: ReadState | undefined },
): number {
  return (a.read?.readAt ?? 0) - (b.read?.readAt ?? 0) || a.pull.number - b.pull.number;
}
