import { alreadyLoaded } from "./already-loaded.ts";
import { alreadyOnDisk } from "./already-on-disk.ts";
import { freeMemoryAfter } from "./free-memory.ts";
import type { Candidate, Score } from "./score.ts";
import { otherOwnersAndSites } from "./site-spread.ts";
import { spread } from "./spread.ts";
import { undisturbed } from "./undisturbed.ts";

/** Asked in this order; the first that differs decides, and last of all the name. */
export const scores: readonly Score[] = [
  spread,
  alreadyLoaded,
  undisturbed,
  alreadyOnDisk,
  otherOwnersAndSites,
  freeMemoryAfter,
];

/** The best of the candidates; `undefined` for none. */
export function best<Some extends Candidate>(candidates: readonly Some[]): Some | undefined {
  let found: { candidate: Some; values: (number | undefined)[] } | undefined;
  for (const candidate of candidates) {
    const next = { candidate, values: [] };
    if (!found || isBetter(next, found)) found = next;
  }
  return found?.candidate;
}

interface Scored {
  readonly candidate: Candidate;
  /** Worked out when first needed. */
  readonly values: (number | undefined)[];
}

function isBetter(a: Scored, b: Scored): boolean {
  for (const index of scores.keys()) {
    const difference = scoreAt(a, index) - scoreAt(b, index);
    if (difference !== 0) return difference > 0;
  }
  return a.candidate.host.name < b.candidate.host.name;
}

function scoreAt({ candidate, values }: Scored, index: number): number {
  const value = values[index] ?? scores[index]?.score(candidate) ?? 0;
  values[index] = value;
  return value;
}
