/** Remembers the latest of something, at most so many of it. */

/** GitHub repeats a delivery within days at most; a busy repository sends a few a minute. */
export const rememberedMax = 1_024;

export class RecentlySeen {
  readonly #seen = new Set<string>();

  /** Whether it is new. */
  add(what: string): boolean {
    if (this.#seen.has(what)) return false;
    this.#seen.add(what);
    if (this.#seen.size > rememberedMax) {
      // A set gives back what was added first.
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return true;
  }
}
