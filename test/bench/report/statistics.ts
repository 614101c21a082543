/**
 * The few numbers that a benchmark's samples are brought down to. A shared machine disturbs some rounds and not others, so rounds are
 * summed up by their median with the lowest and the highest beside it, never by a mean; and variants are compared round by round,
 * because what disturbed a round disturbed all variants in it.
 */

/** The value that `share` (0 to 1) of the samples do not exceed: nearest rank, so it is always a sample. NaN without samples. */
export function percentile(samples: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(samples).sort();
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of an even count the median is the mean of the middle two. NaN without values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[half - 1] ?? Number.NaN);
  return { median: (lower + upper) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** `of` applied to each round's pair of the two series; rounds that only one of them has are left out. */
export function paired(
  values: readonly number[],
  base: readonly number[],
  of: (value: number, base: number) => number,
): Spread {
  const pairs = values.slice(0, base.length);
  return spreadOf(pairs.map((value, round) => of(value, base[round] ?? Number.NaN)));
}
