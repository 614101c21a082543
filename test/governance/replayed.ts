/** What the log of a community says, recomputed from evidence and git. */
import type { Service } from "../../governance/service/testing/service.fixture.ts";
import { replayVerdict } from "../../governance/verification/replay.ts";

/** Of every record that does not agree: its place and why; empty where all do. */
export async function disagreements({ log, local }: Pick<Service, "log" | "local">): Promise<string[]> {
  const found: string[] = [];
  for (const { index, record } of log.records) {
    const evidence = "evidence" in record && record.evidence ? await log.evidence(record.evidence) : undefined;
    const replayed = await replayVerdict({ records: log.records, index, evidence, repository: local });
    if (!replayed.agrees) found.push(`${index} ${record.kind}: ${replayed.differences.join("; ")}`);
  }
  return found;
}
