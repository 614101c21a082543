/** Spreads what we change over the minute: GitHub takes 80 changes in one, and 500 in an hour. */
import type { Clock } from "../../../../operator/clock/clock.ts";

export const changesPerMinuteMax = 60;
const minuteMs = 60_000;

export class Pace {
  readonly #clock: Clock;
  #changes: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when another change may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      this.#changes = this.#changes.filter((at) => at > now - minuteMs && at <= now);
      const [oldest] = this.#changes;
      if (oldest === undefined || this.#changes.length < changesPerMinuteMax) break;
      await this.#clock.sleep(oldest + minuteMs - now, signal);
    }
    this.#changes.push(this.#clock.now());
  }
}
