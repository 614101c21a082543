/** Waits for a condition with a deadline: the only way in which these tests wait. */

import { systemClock } from "../../operator/clock/system.ts";

const pollMs = 10;

/** Asks again until the answer is not false, undefined or null; rejects with the last state when the time is over. */
export async function eventually<R>(
  what: string,
  ask: () => R | Promise<R>,
  deadlineMs = 60_000,
): Promise<NonNullable<Exclude<Awaited<R>, false>>> {
  const end = systemClock.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined && answer !== null) {
      return answer as NonNullable<Exclude<Awaited<R>, false>>;
    }
    if (systemClock.now() >= end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await systemClock.sleep(pollMs);
  }
}
