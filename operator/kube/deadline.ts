/** Runs an operation under a deadline and a caller's signal, and leaves neither a timer nor a listener behind. */

import type { Clock } from "../clock/clock.ts";

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds after which `onTimeout`'s error aborts the operation; undefined: none. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  onTimeout: () => Error;
}

/**
 * Rejects the moment the signal aborts (with its reason) or the time is over, whether or not the operation has noticed.
 * `AbortSignal.any` is not used: on Node 20 signals made from a long-lived one are kept for as long as it lives.
 */
export async function withDeadline<R>(
  options: DeadlineOptions,
  operation: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  options.signal?.throwIfAborted();
  const abort = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    abort.signal.addEventListener("abort", () => reject(abort.signal.reason), { once: true });
  });
  ended.catch(() => undefined); // Promise.race below is the one that reports it
  const onAbort = (): void => abort.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const cancel =
    options.timeoutMs === undefined
      ? undefined
      : options.clock.after(options.timeoutMs, () => abort.abort(options.onTimeout()));
  try {
    return await Promise.race([operation(abort.signal), ended]);
  } finally {
    cancel?.();
    options.signal?.removeEventListener("abort", onAbort);
  }
}
