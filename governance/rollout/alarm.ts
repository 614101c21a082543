/** Something that can be waited for: it stays rung until it is quieted, so that nothing is missed between two waits. */
import type { Clock } from "../../operator/clock/clock.ts";

export class Alarm {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #isRung = false;
  #at: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#isRung = true;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Rings by itself at this time, ms, for whoever waits then. */
  ringAt(at: number): void {
    this.#at = at;
  }

  quiet(): void {
    this.#isRung = false;
    this.#at = undefined;
  }

  /** Resolves when it rings, or at once if it has; rejects with the signal's reason. Leaves no timer behind. */
  rung(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leftMs = this.#at === undefined ? undefined : this.#at - this.#clock.now();
      // A deadline that has passed has rung: whoever looked after it knows.
      const cancel =
        leftMs !== undefined && leftMs > 0 ? this.#clock.after(leftMs, () => this.ring()) : () => undefined;
      const end = (settle: () => void): void => {
        cancel();
        this.#listeners.delete(onRing);
        signal.removeEventListener("abort", onAbort);
        settle();
      };
      const onRing = (): void => end(resolve);
      const onAbort = (): void => end(() => reject(signal.reason));
      this.#listeners.add(onRing);
      signal.addEventListener("abort", onAbort, { once: true });
      if (this.#isRung) onRing();
    });
  }
}
