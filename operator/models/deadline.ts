/**
 * Bounds a whole exchange: a server that answers one byte a minute keeps no single read waiting for long, but the
 * caller for ever.
 */
import type { Clock } from "../clock/clock.ts";

/**
 * Runs `operation` with a signal that aborts with the caller's, or with `late()` after `ms`. `operation` must end when
 * its signal aborts. Leaves no timer and no listener.
 */
export async function withinMs<T>(
  clock: Clock,
  ms: number,
  late: () => Error,
  signal: AbortSignal | undefined,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const abort = new AbortController();
  const onAbort = (): void => abort.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const cancel = clock.after(ms, () => abort.abort(late()));
  try {
    return await operation(abort.signal);
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
