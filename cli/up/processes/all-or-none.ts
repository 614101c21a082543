import { setMaxListeners } from "node:events";

/**
 * Two pieces of work at once, of which neither is of use without the other: the first failure ends the other, which may
 * be a build of minutes, and is what is rejected with, once both have ended.
 */
export async function allOrNone<A, B>(
  outer: AbortSignal,
  begin: (signal: AbortSignal) => readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  // Everything under way listens to it at once: many listeners are no leak here.
  setMaxListeners(0, signal);
  const work = begin(signal);
  for (const part of work) part.catch((error: unknown) => failed.abort(error));
  await Promise.allSettled(work);
  if (failed.signal.aborted) throw failed.signal.reason;
  return Promise.all(work);
}
