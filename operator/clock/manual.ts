import { type Clock, sleepWith } from "./clock.ts";

/** A clock that stands still until a test moves it. Timers fire in time order, each seeing the time it was set for. */
export class ManualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #timers = new Map<number, { at: number; fire: () => void }>();

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fire: () => void): () => void {
    const id = ++this.#sequence;
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fire });
    return () => void this.#timers.delete(id);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((delay, fire) => this.after(delay, fire), ms, signal);
  }

  /** How many timers wait: zero at the end of a test means that none leaked. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time forward, firing what falls due; promises chained to a timer run before the next one fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#timers.delete(due.id);
      this.#now = due.at;
      due.fire();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(end: number): { id: number; at: number; fire: () => void } | undefined {
    let first: { id: number; at: number; fire: () => void } | undefined;
    for (const [id, timer] of this.#timers) {
      if (timer.at <= end && (!first || timer.at < first.at)) first = { id, ...timer };
    }
    return first;
  }
}

/** Lets every promise that can already run do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
