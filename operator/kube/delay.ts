/**
 * Puts keys into a queue later. A key waits once: of several times for it the earliest wins (client-go's promise), since
 * a later one would only repeat what the earlier does. One timer is armed, for the key that is due first.
 */

import type { Cancel, Clock } from "../clock/clock.ts";

export class DelayedKeys {
  readonly #clock: Clock;
  readonly #due: (key: string) => void;
  readonly #dueAt = new Map<string, number>();
  #timer: { at: number; cancel: Cancel } | undefined;
  #stopped = false;

  /** `due` is called with each key when its time has come. */
  constructor(clock: Clock, due: (key: string) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** How many keys wait for their time. */
  get size(): number {
    return this.#dueAt.size;
  }

  /** Waits `ms` milliseconds; none, or fewer, is at once. */
  add(key: string, ms: number): void {
    if (this.#stopped) return;
    if (!(ms > 0)) {
      this.#dueAt.delete(key);
      this.#due(key);
      return;
    }
    const at = this.#clock.now() + ms;
    const before = this.#dueAt.get(key);
    if (before !== undefined && before <= at) return;
    this.#dueAt.set(key, at);
    if (!this.#timer || at < this.#timer.at) this.#arm(at);
  }

  /** The key no longer waits. */
  remove(key: string): void {
    this.#dueAt.delete(key);
  }

  /** Drops everything that waits, and the timer. */
  stop(): void {
    this.#stopped = true;
    this.#dueAt.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    // A timer of Node holds at most 2^31-1 ms; a longer wait is taken in steps.
    const ms = Math.min(Math.max(0, at - this.#clock.now()), 2_147_483_647);
    this.#timer = { at, cancel: this.#clock.after(ms, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let next: number | undefined;
    const due: [string, number][] = [];
    for (const [key, at] of this.#dueAt) {
      if (at <= now) due.push([key, at]);
      else if (next === undefined || at < next) next = at;
    }
    for (const [key] of due) this.#dueAt.delete(key);
    if (next !== undefined) this.#arm(next);
    for (const [key] of due.sort((a, b) => a[1] - b[1])) this.#due(key);
  }
}
