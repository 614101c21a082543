/**
 * Which of several hosts gets a request: the power of two choices. Two candidates are drawn at random and the less loaded one is
 * taken. That is nearly as even as asking all of them, and unlike "always the least loaded" it does not send everybody to the
 * same host between two measurements (https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf).
 *
 * Load is the share of a host's places that would be taken, times how long it lately took to its first byte. A host never measured
 * counts as the fastest, so that it gets measured.
 */
import type { Random } from "../../operator/clock/system.ts";

export interface Load {
  /** Requests of this gateway that run there for this model. */
  readonly inFlight: number;
  readonly parallel: number;
  /** Moving mean of milliseconds to the first byte, faded with age; 0 where nothing is known. */
  readonly firstByteMs: number;
}

/** Below this, differences of speed are noise. */
const firstByteFloorMs = 20;

export function chooseOfTwo<T>(
  candidates: readonly T[],
  loadOf: (candidate: T) => Load,
  random: Random,
): T | undefined {
  if (candidates.length < 2) return candidates[0];
  const first = Math.floor(random() * candidates.length);
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length;
  const [a, b] = [candidates[first], candidates[second]];
  if (a === undefined || b === undefined) return a ?? b;
  return score(loadOf(a)) <= score(loadOf(b)) ? a : b;
}

export function hasFreePlace(load: Load): boolean {
  return load.inFlight < load.parallel;
}

export function score({ inFlight, parallel, firstByteMs }: Load): number {
  return ((inFlight + 1) / parallel) * Math.max(firstByteFloorMs, firstByteMs);
}
