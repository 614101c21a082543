/** Emergencies as the log of this service has them. */
import type { Suspended } from "../constitution/snapshot.ts";
import { type ActiveEmergency, activeEmergencies, suspendedBy } from "../verification/emergencies.ts";
import { lastRatified, type RatifiedCommit } from "../verification/ratified.ts";
import type { Governance } from "./governance.ts";

type Sources = Pick<Governance, "log" | "repository">;

/** `base`: the commit that they lie over; the last ratified one where left out. */
export function emergenciesNow(
  { log, repository }: Sources,
  now: number,
  signal: AbortSignal,
  base?: RatifiedCommit,
): Promise<ActiveEmergency[]> {
  const sources = { repository, records: log.records, evidence: (digest: string) => log.evidence(digest) };
  return activeEmergencies({ ...sources, ...(base && { base }) }, now, { signal });
}

/** Members and keys that they have taken. */
export async function suspendedNow(sources: Sources, now: number, signal: AbortSignal): Promise<Suspended> {
  const emergencies = await emergenciesNow(sources, now, signal);
  return suspendedBy(emergencies, lastRatified(sources.log.records), sources.repository, { signal });
}
