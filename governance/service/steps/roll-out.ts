/** Makes true what is due, with the emergencies in force over it, and writes down that it is so, or why it is not. */
import type { Oid } from "../../git/repository.ts";
import type { LoggedRecord } from "../../log/decision-log.ts";
import type { AppliedRecord, ApplyFailedRecord } from "../../log/record.ts";
import { dueCommit } from "../../rollout/due.ts";
import { overlaysOf } from "../../rollout/overlays.ts";
import type { RolloutOutcome } from "../../rollout/rollout.ts";
import { haltOf } from "../../verification/cursor.ts";
import { type RatifiedCommit, ratifiedCommits } from "../../verification/ratified.ts";
import { append, recordTime } from "../append.ts";
import { emergenciesNow } from "../emergencies-now.ts";
import type { Governance, RolloutView } from "../governance.ts";

export async function rollOut(governance: Governance, now: number, signal: AbortSignal): Promise<RolloutView> {
  const { log, repository, policies, rollout } = governance;
  const all = ratifiedCommits(log.records);
  const [genesis, ...others] = all;
  if (!genesis) throw new TypeError("this log has no genesis: it was not opened by openDecisionLog");
  const applied = lastApplied(log.records);
  // While the branch is not believed, nothing new comes into force.
  const isHalted = haltOf(log.records) !== undefined;
  const allowed = isHalted ? upTo([genesis, ...others], applied?.commit) : ([genesis, ...others] as const);
  const due = dueCommit(allowed, now);
  const emergencies = (await emergenciesNow(governance, now, signal, due.commit)).filter(({ ended }) => !ended);
  const { commit, tree } = due.commit;
  const policy = await policies.load(tree, signal);
  const view = { commit, waitsFor: [], ...(due.nextAt !== undefined && { nextAt: due.nextAt }) };
  if (!policy.ok) {
    const sentence = policy.problems.map(({ file, line, reason }) => `${file}:${line}: ${reason}`).join("; ");
    return { ...view, state: "failed", sentence };
  }
  const sources = { repository, namespaces: policies.namespaces, commit, policy: policy.value };
  const { overlays } = await overlaysOf(emergencies, sources, { signal });
  const names = emergencies.map(({ proposal }) => proposal);
  const isApplied = applied?.commit === commit && sameList(applied.emergencies, names);
  // A machine that fell ill since then makes nothing unfinished, and drift behind it is corrected.
  const target = { commit, tree, policy: policy.value, overlays, ...(isApplied && { wasApplied: true }) };
  const outcome = await rollout.advance(target, signal);
  await writeDown(governance, { commit, tree, names }, outcome, now, signal);
  if (outcome.state === "waiting") return { ...view, state: "waiting", waitsFor: outcome.waitsFor };
  if (outcome.state === "failed") {
    return { ...view, state: "failed", sentence: outcome.sentence, code: outcome.code };
  }
  return { ...view, state: isHalted ? "held" : "applied" };
}

interface InForce {
  readonly commit: Oid;
  readonly tree: Oid;
  readonly names: readonly string[];
}

async function writeDown(
  governance: Governance,
  { commit, tree, names }: InForce,
  outcome: RolloutOutcome,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const last = governance.log.records.findLast(
    ({ record }) => record.kind === "applied" || record.kind === "applyFailed",
  );
  const at = recordTime(governance, now);
  const isSame = (record: AppliedRecord | ApplyFailedRecord): boolean =>
    record.commit === commit && (record.kind === "applyFailed" || sameList(record.emergencies, names));
  if (outcome.state === "applied") {
    // What is corrected later is drift: it is told in the cluster, the decision is the same.
    if (last?.record.kind === "applied" && isSame(last.record)) return;
    const receipts = outcome.receipts.filter(({ result }) => result !== "unchanged");
    const record = { kind: "applied", at, commit, tree, emergencies: names, receipts } as const;
    await append(governance, { ...record, unchanged: outcome.unchanged }, undefined, signal);
  } else if (outcome.state === "failed") {
    const { code, receipts } = outcome;
    if (last?.record.kind === "applyFailed" && isSame(last.record) && last.record.code === code) return;
    // Drift that cannot be corrected just now does not undo that it was applied.
    if (last?.record.kind === "applied" && isSame(last.record)) return;
    await append(governance, { kind: "applyFailed", at, commit, tree, code, receipts }, undefined, signal);
  }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

export function lastApplied(records: readonly LoggedRecord[]): AppliedRecord | undefined {
  const found = records.findLast(({ record }) => record.kind === "applied")?.record;
  return found?.kind === "applied" ? found : undefined;
}

function upTo(
  all: readonly [RatifiedCommit, ...RatifiedCommit[]],
  commit: Oid | undefined,
): readonly [RatifiedCommit, ...RatifiedCommit[]] {
  const [genesis, ...others] = all;
  const end = others.findIndex((one) => one.commit === commit);
  return [genesis, ...others.slice(0, end + 1)];
}
