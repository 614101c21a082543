/**
 * A moving mean over time: each measurement weighs less the older it is, and without new ones the mean fades to zero. So a
 * host that was slow once is tried again after a while, instead of being avoided for ever because nobody measures it any more.
 */

export interface MovingMean {
  readonly value: number;
  readonly atMs: number;
}

/** After this time an old value has lost all but 1/e of its weight. */
export const meanFadeMs = 30_000;
/** Share that a new measurement has right after another one. */
const newWeight = 0.3;

export function measured(mean: MovingMean | undefined, value: number, nowMs: number): MovingMean {
  if (!mean) return { value, atMs: nowMs };
  const oldWeight = fade(mean, nowMs) * (1 - newWeight);
  return { value: mean.value * oldWeight + value * (1 - oldWeight), atMs: nowMs };
}

export function meanAt(mean: MovingMean | undefined, nowMs: number): number {
  return mean ? mean.value * fade(mean, nowMs) : 0;
}

function fade(mean: MovingMean, nowMs: number): number {
  return Math.exp(-Math.max(0, nowMs - mean.atMs) / meanFadeMs);
}
