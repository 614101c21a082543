/**
 * Says on the commits of the policy branch what became of them, and offers the way back from what is not ratified. Saying the same
 * again does nothing, so the latest of them are told on every pass: a crash between a record and its telling is made good by the next
 * one, and so is what changed since.
 */
import type { Oid } from "../../git/repository.ts";
import type { LoggedRecord } from "../../log/decision-log.ts";
import type { AppliedRecord, DecisionRecord, UnratifiedRecord } from "../../log/record.ts";
import { type CommitOutcome, renderCommitReport, renderRevert } from "../../proposals/report/commit-report.ts";
import { judgedCommit } from "../../verification/cursor.ts";
import { lastRatified, ratifiedCommits } from "../../verification/ratified.ts";
import { unratifiedReason } from "../../verification/sentences.ts";
import type { Governance, RolloutView } from "../governance.ts";

export async function tellBranch(
  governance: Governance,
  head: Oid,
  judged: readonly LoggedRecord[],
  rollout: RolloutView,
  signal: AbortSignal,
): Promise<void> {
  const { records } = governance.log;
  for (const { record } of new Set([...judged, ...standing(records, rollout)])) {
    const commit = judgedCommit(record);
    const outcome = outcomeOf(record, records, rollout);
    if (commit === undefined || !outcome) continue;
    await governance.forge.reportCommit(renderCommitReport({ commit, outcome }), signal);
    if (record.kind === "unratified" && commit === head) await offerRevert(governance, record, signal);
  }
}

/** Judged commits that are told again on each pass. */
const standingMax = 20;

/** From the one that was in force before the present one on: what came before was told for the last time when that one came. */
function standing(records: readonly LoggedRecord[], rollout: RolloutView): LoggedRecord[] {
  const all = records.filter(({ record }) => judgedCommit(record) !== undefined);
  const [inForce, before] = appliedCommits(records);
  const from = all.findIndex(({ record }) => judgedCommit(record) === (before ?? inForce ?? rollout.commit));
  return all.slice(Math.max(0, from, all.length - standingMax));
}

/** Commits that came into force, the latest first. */
function appliedCommits(records: readonly LoggedRecord[]): Oid[] {
  const applied = records.toReversed().flatMap(({ record }) => (record.kind === "applied" ? [record.commit] : []));
  return [...new Set(applied)];
}

function outcomeOf(
  record: DecisionRecord,
  records: readonly LoggedRecord[],
  rollout: RolloutView,
): CommitOutcome | undefined {
  if (record.kind === "restored") return { state: "restored" };
  if (record.kind === "unratified") {
    return { state: "unratified", sentence: unratifiedReason(record.code), ratified: record.from };
  }
  if (record.kind !== "ratified" || !record.merge) return undefined;
  const { commit } = record.merge;
  const applied = appliedWith(commit, records);
  if (applied) return { state: "applied", changed: applied.receipts.length, unchanged: applied.unchanged };
  if (rollout.commit === commit && rollout.state === "failed") {
    return { state: "failed", sentence: rollout.sentence ?? "it could not be applied" };
  }
  const waiting = rollout.commit === commit ? rollout.waitsFor.map(({ name }) => name).join(", ") : "";
  const appliesAt = record.times.appliesAt ?? record.at;
  return { state: "ratified", appliesAt, ...(waiting !== "" && { waitsFor: waiting }) };
}

/** What brought a ratified commit into force: its own record, or that of a later one whose time came with it. */
function appliedWith(commit: Oid, records: readonly LoggedRecord[]): AppliedRecord | undefined {
  const ratified = ratifiedCommits(records).map((one) => one.commit);
  const from = ratified.slice(ratified.indexOf(commit));
  const applied = records.flatMap(({ record }) => (record.kind === "applied" ? [record] : []));
  return (
    applied.findLast((record) => record.commit === commit) ?? applied.find((record) => from.includes(record.commit))
  );
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
