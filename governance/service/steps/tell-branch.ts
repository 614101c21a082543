/**
 * Says on the commits of the policy branch what became of them, and offers the way back from what is not ratified. Saying the same
 * again does nothing, so the head and what is in force are told on every pass: a crash between a record and its telling is made good
 * by the next one.
 */
import type { Oid } from "../../git/repository.ts";
import type { LoggedRecord } from "../../log/decision-log.ts";
import type { DecisionRecord, UnratifiedRecord } from "../../log/record.ts";
import { type CommitOutcome, renderCommitReport, renderRevert } from "../../proposals/report/commit-report.ts";
import { judgedCommit } from "../../verification/cursor.ts";
import { lastRatified } from "../../verification/ratified.ts";
import { unratifiedReason } from "../../verification/sentences.ts";
import type { Governance, RolloutView } from "../governance.ts";
import { lastApplied } from "./roll-out.ts";

export async function tellBranch(
  governance: Governance,
  head: Oid,
  judged: readonly LoggedRecord[],
  rollout: RolloutView,
  signal: AbortSignal,
): Promise<void> {
  const { records } = governance.log;
  const inForce = lastApplied(records)?.commit;
  const standing = records.filter(({ record }) => {
    const commit = judgedCommit(record);
    return commit !== undefined && (commit === head || commit === inForce || commit === rollout.commit);
  });
  for (const { record } of new Set([...judged, ...standing])) {
    const commit = judgedCommit(record);
    const outcome = outcomeOf(record, records, rollout);
    if (commit === undefined || !outcome) continue;
    await governance.forge.reportCommit(renderCommitReport({ commit, outcome }), signal);
    if (record.kind === "unratified" && commit === head) await offerRevert(governance, record, signal);
  }
}

function outcomeOf(
  record: DecisionRecord,
  records: readonly LoggedRecord[],
  rollout: RolloutView,
): CommitOutcome | undefined {
  if (record.kind === "restored") return { state: "restored" };
  if (record.kind === "unratified") {
    return { state: "unratified", sentence: unratifiedReason(record.code), ratified: lastRatified(records).commit };
  }
  if (record.kind !== "ratified" || !record.merge) return undefined;
  const { commit } = record.merge;
  const applied = records.findLast((one) => one.record.kind === "applied" && one.record.commit === commit)?.record;
  if (applied?.kind === "applied") {
    return { state: "applied", changed: applied.receipts.length, unchanged: applied.unchanged };
  }
  if (rollout.commit === commit && rollout.state === "failed") {
    return { state: "failed", sentence: rollout.sentence ?? "it could not be applied" };
  }
  const waiting = rollout.commit === commit ? rollout.waitsFor.map(({ name }) => name).join(", ") : "";
  const appliesAt = record.times.appliesAt ?? record.at;
  return { state: "ratified", appliesAt, ...(waiting !== "" && { waitsFor: waiting }) };
}

async function offerRevert(
  { forge, repository, log }: Governance,
  { code, commit, at }: UnratifiedRecord,
  signal: AbortSignal,
): Promise<void> {
  const ratified = lastRatified(log.records);
  const texts = renderRevert({ head: commit, ratified: ratified.commit, sentence: unratifiedReason(code) });
  // The same commit every time, since nothing in it depends on when it is made.
  const message = `${texts.title}\n\n${unratifiedReason(code)}\n`;
  const revert = await repository.writeCommit({ tree: ratified.tree, parents: [commit], message, at }, { signal });
  await forge.offerRevert({ head: commit, revert, ...texts }, signal);
}
