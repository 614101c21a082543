/**
 * How long to wait before the next try: the time doubles with each failure up to a bound, and is spread at random so
 * that many clients that failed together do not come back together.
 */

import type { Clock } from "../clock/clock.ts";

export type Random = () => number;

export interface BackoffLimits {
  baseMs: number;
  maxMs: number;
  /** The wait is lengthened by up to this share of itself (1: up to twice as long); default 0. */
  jitter?: number | undefined;
}

/** The wait after the given number of failures before this one (0: the first), in milliseconds. */
export function backoffMs(limits: BackoffLimits, failures: number, random: Random): number {
  const exponent = Math.min(failures, 52); // 2^52 is exact; the bound is reached long before
  const plain = Math.min(limits.maxMs, limits.baseMs * 2 ** exponent);
  return plain * (1 + (limits.jitter ?? 0) * random());
}

export interface KeyBackoffOptions extends BackoffLimits {
  random: Random;
}

/** Counts failures per key. */
export class KeyBackoff {
  readonly #options: KeyBackoffOptions;
  readonly #failures = new Map<string, number>();

  constructor(options: KeyBackoffOptions) {
    this.#options = options;
  }

  /** Records a failure and says how long to wait for it, in milliseconds. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return backoffMs(this.#options, failures, this.#options.random);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded, or is gone: the next failure counts as its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}

export interface LoopBackoffOptions extends BackoffLimits {
  clock: Clock;
  random: Random;
  /** After so long without a failure the next one counts as the first. */
  forgetAfterMs: number;
}

/** For one loop that never ends: failures are forgotten after a good while rather than on one success. */
export class LoopBackoff {
  readonly #options: LoopBackoffOptions;
  #failures = 0;
  #lastAt: number | undefined;

  constructor(options: LoopBackoffOptions) {
    this.#options = options;
  }

  /** Records a failure and says how long to wait for it, in milliseconds. */
  next(): number {
    const now = this.#options.clock.now();
    if (this.#lastAt !== undefined && now - this.#lastAt >= this.#options.forgetAfterMs) this.#failures = 0;
    const wait = backoffMs(this.#options, this.#failures, this.#options.random);
    this.#failures++;
    this.#lastAt = now + wait;
    return wait;
  }
}
