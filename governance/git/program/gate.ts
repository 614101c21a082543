/** Resolves once inside, with how to leave. */
export type Gate = (signal?: AbortSignal) => Promise<() => void>;

/** Lets at most `max` in at a time; the rest wait in order. Who waits and is aborted leaves the queue with the signal's reason. */
export function gate(max: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];

  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else inside--;
  };

  return (signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (inside < max) {
        inside++;
        return resolve(leave);
      }
      const come = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(leave);
      };
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(come), 1);
        reject(signal?.reason);
      };
      waiting.push(come);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
}

export async function within<Result>(
  enter: Gate,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const leave = await enter(signal);
  try {
    return await work();
  } finally {
    leave();
  }
}
