/** Every wait and bound of the filler, by name. */

export interface FillerLimits {
  /** Changes in the cluster are gathered for so long before they are looked at. */
  readonly settleMs: number;
  /** How often the site's registry is asked what it has, though nothing changed. */
  readonly lookMs: number;
  /** First wait after a copy that failed for a reason which passes; doubles with each failure up to the longest. */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** After one that failed for a reason which does not pass by itself. */
  readonly refusedRetryMs: number;
  /** Room on the disk that is left to others. */
  readonly spareBytes: number;
}

export const defaultLimits: FillerLimits = {
  settleMs: 1_000,
  lookMs: 60_000,
  retryBaseMs: 5_000,
  retryMaxMs: 900_000,
  refusedRetryMs: 3_600_000,
  spareBytes: 512 * 1024 ** 2,
};
