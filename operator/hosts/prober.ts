/**
 * Asks one host again and again, on its own: however slow it is, no other waits for it. Between two probes it sleeps as long as liveness
 * says, give or take a tenth so that many hosts are not asked in one breath; a wish for fresh facts wakes it.
 */
import type { Cancel, Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { Engine } from "../engines/engine.ts";
import type { HostLimits } from "./limits.ts";
import { type ProbeOutcome, probeHost } from "./probe.ts";

export interface ProberOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: HostLimits;
  /** Takes the outcome, and says after how many milliseconds to ask again. Must not throw. */
  readonly onOutcome: (outcome: ProbeOutcome) => number;
}

const jitter = 0.1;

export class Prober {
  readonly #options: ProberOptions;
  readonly #stop = new AbortController();
  #waiting: (() => void)[] = [];
  #wake: () => void = () => undefined;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Runs until `stop`; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const pauseMs = await this.#probe(signal);
      for (const resolve of waiting) resolve();
      if (this.#waiting.length === 0 && !signal.aborted) await this.#pause(pauseMs);
    }
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  /** Resolves when a probe that began after this call has ended, or the prober has. */
  refresh(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#wake();
    });
  }

  stop(): void {
    this.#stop.abort(new Error("the host is not asked any more"));
    this.#wake();
  }

  async #probe(signal: AbortSignal): Promise<number> {
    const { engine, clock, limits, onOutcome } = this.#options;
    try {
      return onOutcome(await probeHost(engine, { clock, limits, signal }));
    } catch (error) {
      if (signal.aborted) return 0;
      throw error;
    }
  }

  #pause(ms: number): Promise<void> {
    const { clock, random } = this.#options;
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      this.#wake = () => {
        cancel();
        resolve();
      };
      cancel = clock.after(ms * (1 - jitter + 2 * jitter * random()), resolve);
    });
  }
}
