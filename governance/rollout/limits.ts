/** Every wait and bound of the rollout, by name. Milliseconds where the name ends in `Ms`. */
import { removedShareMax } from "../policy/removals.ts";

export interface RolloutLimits {
  /** How long what a target changed may take to become healthy before that is told as a failure. It is waited for all the same. */
  readonly healthDeadlineMs: number;
  /** Of the governed objects of a kind, how many may go without confirmation; one may always go. */
  readonly removedShareMax: number;
  /** Writes at the same time. */
  readonly writesAtOnceMax: number;
  /** One write. */
  readonly writeTimeoutMs: number;
  /** After so long one step begins no further write; the next one goes on. */
  readonly advanceTimeoutMs: number;
  /** How long a step waits for a view of the cluster that is not old. */
  readonly freshTimeoutMs: number;
  /** Writes of one stage that got no answer before the others are not begun any more. */
  readonly unansweredMax: number;
  /** Tries to write one object in one step, when somebody else writes it at the same time. */
  readonly triesMax: number;
  /** Looks at the cluster in one step; each of them does all of one stage. */
  readonly looksMax: number;
  /** How long an own write counts although the watch has not shown it. */
  readonly ownWriteMs: number;
}

export const defaultRolloutLimits: RolloutLimits = {
  healthDeadlineMs: 600_000,
  removedShareMax,
  writesAtOnceMax: 16,
  writeTimeoutMs: 30_000,
  advanceTimeoutMs: 300_000,
  freshTimeoutMs: 20_000,
  unansweredMax: 4,
  triesMax: 3,
  looksMax: 32,
  ownWriteMs: 60_000,
};
