import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { LeashedProcess } from "./start.ts";

export interface ReadinessOptions {
  /** How long it may take in all. */
  deadlineMs: number;
  /** Pause between two checks. */
  everyMs?: number;
  clock?: Clock;
  signal?: AbortSignal;
}

const everyMsDefault = 50;

/**
 * Waits until `check` says true. A check that throws counts as "not yet"; its last error is the failure's cause. Fails at
 * once, with the program's last lines, when the program ends, and with the signal's reason when that aborts.
 */
export async function waitReady(
  program: LeashedProcess,
  check: (signal: AbortSignal) => Promise<boolean>,
  options: ReadinessOptions,
): Promise<void> {
  const clock = options.clock ?? systemClock;
  const over = new AbortController();
  const onAbort = (): void => over.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  void program.exited.then(() => over.abort(program.failure(undefined, lastError)));
  const cancel = clock.after(options.deadlineMs, () =>
    over.abort(program.failure(`was not ready after ${options.deadlineMs / 1000} s`, lastError)),
  );
  let lastError: unknown;
  try {
    for (;;) {
      over.signal.throwIfAborted();
      try {
        if (await check(over.signal)) return;
      } catch (error) {
        lastError = error;
      }
      await clock.sleep(options.everyMs ?? everyMsDefault, over.signal);
    }
  } finally {
    cancel();
    options.signal?.removeEventListener("abort", onAbort);
  }
}
