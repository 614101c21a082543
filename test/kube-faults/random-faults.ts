/** Faults rolled from a seed, so that a run that failed can be run again. */

import type { Act, HttpFaultProxy } from "./http-proxy.ts";

export interface RandomFaults {
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
  breakSomething(): void;
  /** Takes away every fault that has not struck yet. */
  heal(): void;
}

const acts: Act[] = [
  { respond: 500 },
  { respond: 503 },
  { respond: 429, headers: { "retry-after": "0" } },
  { respond: 409 },
  { respond: 410, body: { kind: "Status", code: 410, reason: "Expired", message: "too old" } },
  { respond: 200, body: "<html>" },
  { reset: true },
  { hang: true },
  { delayMs: 50 },
  { cutAfterBytes: 100 },
  { cutAfterBytes: 2_000 },
];

export function createRandomFaults(proxy: HttpFaultProxy, seed: number): RandomFaults {
  const next = mulberry32(seed);
  const below = (bound: number): number => Math.floor(next() * bound);
  const heals: (() => void)[] = [];
  return {
    below,
    breakSomething() {
      if (below(6) === 0) proxy.cut();
      const act = acts[below(acts.length)];
      if (proxy.waiting > 2) return; // enough has yet to strike
      if (act) heals.push(proxy.inject({ match: () => true, act, times: 1 + below(2) }));
    },
    heal() {
      for (const heal of heals.splice(0)) heal();
    },
  };
}

/** A small generator of good quality (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
