import { alreadyLoaded } from "./already-loaded.ts";
import { alreadyOnDisk } from "./already-on-disk.ts";
import { freeMemoryAfter } from "./free-memory.ts";
import type { Candidate, Score } from "./score.ts";
import { otherOwnersAndSites } from "./site-spread.ts";
import { spread } from "./spread.ts";

/** Asked in this order; the first that differs decides, and last of all the name. */
export const scores: readonly Score[] = [spread, alreadyLoaded, alreadyOnDisk, otherOwnersAndSites, freeMemoryAfter];

/** The best of the candidates; `undefined` for none. */
export function best<Some extends Candidate>(candidates: readonly Some[]): Some | undefined {
  return candidates.toSorted(compare)[0];
}

function compare(a: Candidate, b: Candidate): number {
  for (const { score } of scores) {
    const difference = score(b) - score(a);
    if (difference !== 0) return difference;
  }
  return a.host.name < b.host.name ? -1 : 1;
}
