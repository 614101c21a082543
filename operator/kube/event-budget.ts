/** A token bucket per object: a burst of events, then one more for each interval. */

const objectsMax = 4_096;

export class EventBudget {
  readonly #burst: number;
  readonly #refillMs: number;
  /** In order of last use; the oldest goes when there are too many (and has its full burst again). */
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(burst: number, refillMs: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
  }

  /** Takes one; throws when the object has none left. */
  spend(object: string, now: number): void {
    const bucket = this.#buckets.get(object) ?? { tokens: this.#burst, at: now };
    const tokens = Math.min(this.#burst, bucket.tokens + Math.max(0, now - bucket.at) / this.#refillMs);
    this.#buckets.delete(object);
    this.#buckets.set(object, { tokens: Math.max(0, tokens - (tokens >= 1 ? 1 : 0)), at: now });
    this.#trim();
    if (tokens < 1)
      throw new Error(`the object has had ${this.#burst} events; one more is free every ${this.#refillMs} ms`);
  }

  #trim(): void {
    if (this.#buckets.size <= objectsMax) return;
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
