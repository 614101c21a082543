import { type Clock, sleepWith } from "./clock.ts";

const after: Clock["after"] = (ms, fire) => {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
};

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after,
  sleep: (ms, signal) => sleepWith(after, ms, signal),
};

/** A number in [0, 1); passed where jitter or sampling is wanted, so that tests can fix it. */
export type Random = () => number;

export const systemRandom: Random = () => Math.random();
