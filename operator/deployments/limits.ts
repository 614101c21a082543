/** Every wait and bound of the deployments' controller, by name. */

export interface Limits {
  /** A host may be away for so long before its replicas are replaced. */
  readonly hostLostGraceMs: number;
  /** Failures in a row on one host before another one is looked for. */
  readonly attemptsMax: number;
  /** First wait after a failed step on a host; doubles with each failure. */
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** How long a host that failed so often is not chosen again, at first; doubles with each time up to the longest. */
  readonly strikeBaseMs: number;
  readonly strikeMs: number;
  /** How long a host that refuses for a reason which does not pass by itself is not chosen again. */
  readonly refusalMs: number;
  /** Steps on one host at a time, of all deployments; more wait for their turn. */
  readonly stepsPerHostMax: number;
  /** How soon to look again whether it is one's turn. */
  readonly turnMs: number;
  /** A finalizer waits so long for hosts that answer; then the host's own list of removals carries on. */
  readonly finaliseWaitMs: number;
  /** Loads older than this do not count as "pushed out again". */
  readonly loadsWindowMs: number;
  /** First wait before a model is loaded once more; doubles with each load in the window. */
  readonly reloadBaseMs: number;
  readonly reloadMaxMs: number;
  /** Changes that only show progress wait so long after the last status write. */
  readonly softWriteMs: number;
  /** Progress of a pull: written when this share more has come, or this time has passed. */
  readonly progressShare: number;
  readonly progressMs: number;
  /** How often the registry is asked whether a tag has moved. */
  readonly recheckMs: number;
  /** Hosts wait for the site's registry to fetch a model for as long as a line of this pace takes for it, and this much longer. */
  readonly fillBytesPerSecond: number;
  readonly fillGraceMs: number;
}

export const defaultLimits: Limits = {
  hostLostGraceMs: 60_000,
  attemptsMax: 3,
  retryBaseMs: 2_000,
  retryMaxMs: 300_000,
  strikeBaseMs: 20_000,
  strikeMs: 600_000,
  refusalMs: 3_600_000,
  stepsPerHostMax: 4,
  turnMs: 1_000,
  finaliseWaitMs: 30_000,
  loadsWindowMs: 600_000,
  reloadBaseMs: 5_000,
  reloadMaxMs: 300_000,
  softWriteMs: 2_000,
  progressShare: 0.05,
  progressMs: 10_000,
  recheckMs: 3_600_000,
  fillBytesPerSecond: 4_000_000,
  fillGraceMs: 120_000,
};

/** Doubles with each failure up to the bound, without jitter: the plan is pure, and one host's replicas are few. */
export function doublingMs(baseMs: number, maxMs: number, failures: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(0, failures - 1), 30));
}
