/** Remembers what was shown where, so that the same is not shown twice. Bounded: what was forgotten is looked up once. */

export const shownMax = 5_000;

export class Shown<T> {
  readonly #shown = new Map<string, T>();

  get(where: string): T | undefined {
    return this.#shown.get(where);
  }

  set(where: string, what: T): void {
    this.#shown.delete(where);
    this.#shown.set(where, what);
    if (this.#shown.size <= shownMax) return;
    // A map gives back what was set first.
    const [oldest] = this.#shown.keys();
    if (oldest !== undefined) this.#shown.delete(oldest);
  }
}
