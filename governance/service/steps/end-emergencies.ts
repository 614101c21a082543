/** Writes down which emergencies are over. */
import { append, recordTime } from "../append.ts";
import { emergenciesNow } from "../emergencies-now.ts";
import type { Governance } from "../governance.ts";

/** Gives the time at which the next one ends, ms; undefined while none is in force. */
export async function endEmergencies(
  governance: Governance,
  now: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  let nextAt: number | undefined;
  for (const { proposal, ended, expiresAt } of await emergenciesNow(governance, now, signal)) {
    if (!ended) nextAt = Math.min(nextAt ?? expiresAt, expiresAt);
    else {
      const at = recordTime(governance, now);
      await append(governance, { kind: "emergencyEnded", at, proposal, cause: ended }, undefined, signal);
    }
  }
  return nextAt;
}
