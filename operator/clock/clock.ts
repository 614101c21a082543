/**
 * Time as an argument. Everything that waits or asks what time it is takes a `Clock`, so that a test can move time
 * instead of sleeping. Only `system.ts` in this room touches the real one; `test/import-rules.test.ts` bans the rest.
 */

/** Ends a pending timer; calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fire` once after `ms` milliseconds unless cancelled before. */
  after(ms: number, fire: () => void): Cancel;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. Leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** An RFC 3339 time with seconds, the form that Kubernetes' `metav1.Time` has. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Builds `sleep` from `after`, so that every clock shares one abort behaviour. */
export function sleepWith(after: Clock["after"], ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
