/**
 * Spreads what we change over the minute: GitHub takes 80 changes in one, and 500 in an hour. Whoever opens a thousand pull requests
 * gets what is left of it, and keeps nobody waiting.
 */
import type { Clock } from "../../../../operator/clock/clock.ts";

export const changesPerMinuteMax = 60;
/** As long as there were fewer changes than this, others than members are shown something. */
export const othersWithin = { perMinute: 30, perHour: 150 } as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export class Pace {
  readonly #clock: Clock;
  /** Times of the last hour's. */
  #changes: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when another change may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const lately = this.#since(now - minuteMs);
      const [oldest] = lately;
      if (oldest === undefined || lately.length < changesPerMinuteMax) break;
      await this.#clock.sleep(oldest + minuteMs - now, signal);
    }
    this.#changes = [...this.#since(this.#clock.now() - hourMs), this.#clock.now()];
  }

  /** Whether there is enough left for those who are no members. */
  allowsOthers(): boolean {
    const now = this.#clock.now();
    const { perMinute, perHour } = othersWithin;
    return this.#since(now - minuteMs).length < perMinute && this.#since(now - hourMs).length < perHour;
  }

  #since(time: number): number[] {
    const now = this.#clock.now();
    return this.#changes.filter((at) => at > time && at <= now);
  }
}
