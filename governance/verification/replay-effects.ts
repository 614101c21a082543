/** What records of effects claim, compared with the records before them: nothing comes into force that was not ratified, or before its time. */
import type {
  AppliedRecord,
  ApplyFailedRecord,
  DecisionRecord,
  EmergencyEndedRecord,
  OpenedRecord,
  VerdictRecord,
} from "../log/record.ts";
import { different } from "./difference.ts";
import { ratifiedAt, ratifiedCommits } from "./ratified.ts";
import type { Before } from "./replay.ts";

export function openingDifferences(record: OpenedRecord, before: Before): string[] {
  const { commit } = ratifiedAt(before.records, record.openedAt, before.end);
  return [
    ...different("ratified", record.ratified, commit),
    ...(record.openedAt > record.at ? ["it was opened after it was written down"] : []),
  ];
}

/** A timelock holds for what was ratified later too. */
export function appliedDifferences(record: AppliedRecord | ApplyFailedRecord, before: Before): string[] {
  const { commit, tree, at } = record;
  const all = ratifiedCommits(before.records, before.end);
  const place = all.findLastIndex((one) => one.commit === commit);
  if (place < 0) return [`${commit} was not ratified before`];
  const early = all.slice(0, place + 1).filter(({ appliesAt }) => at < appliesAt);
  const emergencies = record.kind === "applied" ? record.emergencies : [];
  return [
    ...different("tree", tree, all[place]?.tree),
    ...early.map((one) => `it was in force before the time of ${one.commit}`),
    ...emergencies
      .filter((proposal) => !runningEmergency(proposal, before))
      .map((one) => `${one} was not called before`),
  ];
}

export function emergencyEndDifferences({ proposal, cause, at }: EmergencyEndedRecord, before: Before): string[] {
  const called = runningEmergency(proposal, before);
  if (!called) return [`${proposal} was not called before, or had ended`];
  return cause === "expired" && at < (called.times.expiresAt ?? 0) ? ["it had not expired"] : [];
}

/** The record that called it, unless another one ended it. */
function runningEmergency(proposal: string, { records, end }: Before): VerdictRecord | undefined {
  const about = (record: DecisionRecord): record is VerdictRecord | EmergencyEndedRecord =>
    (record.kind === "emergency" || record.kind === "emergencyEnded") && record.proposal === proposal;
  const last = records.findLast(({ record, index }) => index < end && about(record))?.record;
  return last?.kind === "emergency" ? last : undefined;
}
