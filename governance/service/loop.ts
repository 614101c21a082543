/**
 * Runs pass after pass until it is told to stop: at the time that the last one asked for, at once when something wakes it, and after a
 * growing wait while something fails. Never two at a time.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import type { Passed } from "./pass.ts";

export interface LoopOptions {
  /** `isWoken`: whether something woke the loop since this pass began; a pass that can end early may do so then. */
  readonly pass: (signal: AbortSignal, isWoken: () => boolean) => Promise<Passed>;
  /** Told after every pass. */
  readonly onPassed: (passed: Passed, durationMs: number) => void;
  /** A pass that broke off although every step contains its own failures: an error of the program. */
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
  /** First wait after a failure that may go away, ms; doubles up to `retryMaxMs`. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

export interface Loop {
  /** Something may have changed: the next pass begins as soon as the present one has ended. Cheap; call it as often as you like. */
  wake(): void;
  run(signal: AbortSignal): Promise<void>;
}

export function createLoop(options: LoopOptions): Loop {
  const { clock } = options;
  let isWoken = false;
  let rouse: (() => void) | undefined;
  const wake = (): void => {
    isWoken = true;
    rouse?.();
  };
  const rest = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (isWoken || signal.aborted) return;
    const woken = new AbortController();
    const end = (): void => woken.abort();
    rouse = end;
    signal.addEventListener("abort", end, { once: true });
    await clock.sleep(Math.max(0, ms), woken.signal).catch(() => undefined); // woken or stopped: both end the rest
    signal.removeEventListener("abort", end);
    rouse = undefined;
  };
  return {
    wake,
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        isWoken = false;
        const startedAt = clock.now();
        const wait = await onePass(options, signal, startedAt, () => isWoken);
        failures = wait === "retry" ? failures + 1 : 0;
        const retryMs = Math.min(options.retryMaxMs, options.retryMs * 2 ** Math.min(failures - 1, 16));
        await rest(wait === "retry" ? retryMs : wait - clock.now(), signal);
      }
    },
  };
}

/** Gives the time of the next pass, or that it shall be tried again soon. */
async function onePass(
  options: LoopOptions,
  signal: AbortSignal,
  startedAt: number,
  isWoken: () => boolean,
): Promise<number | "retry"> {
  try {
    const passed = await options.pass(signal, isWoken);
    options.onPassed(passed, options.clock.now() - startedAt);
    return passed.view.troubles.some(({ isTransient }) => isTransient) ? "retry" : passed.wakeAt;
  } catch (error) {
    if (!signal.aborted) options.onFailed(error);
    return "retry";
  }
}
