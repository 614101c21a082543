/**
 * Judges every open proposal as it stands, shows the result where it was made, and writes down what is final: that it was opened,
 * that an emergency passed, that a vote ended without passing. A merge is judged where the branch is (`verify.ts`).
 */
import { evaluate } from "../../constitution/evaluate.ts";
import type { Suspended } from "../../constitution/snapshot.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import { memberOf } from "../../constitution/voting/electorate.ts";
import type { Evidence } from "../../evidence/evidence.ts";
import { gatherEvidence, seenOf } from "../../evidence/gather-evidence.ts";
import { planDigest } from "../../evidence/plan-digest.ts";
import { snapshotFrom } from "../../evidence/snapshot-from.ts";
import { ForgeError, type ForgeProposal } from "../../forges/forge.ts";
import { isContentError, type Oid } from "../../git/repository.ts";
import type { DecisionRecord } from "../../log/record.ts";
import type { ReportInput } from "../../proposals/report/input.ts";
import { renderReport } from "../../proposals/report/render-report.ts";
import { overlaysOf } from "../../rollout/overlays.ts";
import { isOver } from "../../verification/cursor.ts";
import { lastRatified, ratifiedCommits } from "../../verification/ratified.ts";
import { verdictRecord } from "../../verification/verdict-record.ts";
import { append, recordTime } from "../append.ts";
import type { Governance, JudgedProposal } from "../governance.ts";

export interface BranchNow {
  readonly head: Oid;
  readonly suspended: Suspended;
}

export async function judgeProposal(
  governance: Governance,
  proposal: ForgeProposal,
  branch: BranchNow,
  now: number,
  signal: AbortSignal,
): Promise<JudgedProposal> {
  try {
    return await judgeReadable(governance, proposal, branch, now, signal);
  } catch (error) {
    if (!isContentError(error)) throw error;
    const notice = `What is proposed cannot be read: ${error.message}. Push something smaller and plainer.`;
    const report = renderReport({ proposal, conflicts: [], notices: [notice] });
    if (proposal.state === "open") await governance.forge.report(report, signal);
    return { proposal, conflicts: [] };
  }
}

async function judgeReadable(
  governance: Governance,
  proposal: ForgeProposal,
  branch: BranchNow,
  now: number,
  signal: AbortSignal,
): Promise<JudgedProposal> {
  const { repository, log } = governance;
  const at = recordTime(governance, now);
  // Pushed after the fetch of this pass: the next one has it.
  if (!(await repository.commit(proposal.head.oid, { signal }))) return { proposal };
  const merged = await repository.mergeTree(branch.head, proposal.head.oid, { signal });
  if (!merged.ok) {
    await reportConflict(governance, proposal, merged.conflicts, signal);
    return { proposal, conflicts: merged.conflicts };
  }
  const ratified = lastRatified(log.records);
  const plan = planDigest(await repository.diff(ratified.tree, merged.tree, { signal }));
  const isNew = !governance.journal.of(proposal.id).some((seen) => seen.kind === "plan");
  await governance.journal.note(seenOf(proposal, plan), at);
  // Its branch may be on the way: of an atomic push, too, "a concurrent reader may still see a subset" (https://git-scm.com/docs/git-update-ref).
  if (isNew && proposal.state === "closed") return { proposal };
  const evidence = evidenceOf(governance, proposal, merged.tree, branch);
  const sources = { repository, ratified: ratifiedCommits(log.records).map(({ commit }) => commit) };
  const snapshot = await snapshotFrom(evidence, sources, { signal });
  const verdict = evaluate(snapshot, at);
  const proposer = memberOf(proposal.proposer, snapshot.current.members.value.members);
  const end = endOf(proposal, verdict, at);
  const judged = { proposal, evidence, verdict, plan, end, isOurs: proposer !== undefined };
  const tell = async (): Promise<void> => {
    if (proposal.state !== "open") return;
    const { members } = snapshot.current.members.value;
    const decidedBy = snapshot.current.constitution.value.classes.find(({ name }) => name === verdict.decidedBy);
    const shown = { verdict, planDigest: plan, members, ...(decidedBy && { ballots: decidedBy.ballots }) };
    await report(governance, proposal, merged.tree, shown, signal);
  };
  // What is over is not looked at again, so its last word is said before that is written down; what goes on is told again anyway.
  const isLastWord = end !== undefined && end !== "emergency";
  const untold = isLastWord ? await tell().catch(unlessTransient) : undefined;
  await writeDown(governance, judged, at, signal);
  if (untold) throw untold;
  if (!isLastWord) await tell();
  return { proposal, verdict };
}

/** A forge that will not take a report must not keep anything from being written down; one that is away is waited for. */
function unlessTransient(error: unknown): ForgeError {
  if (error instanceof ForgeError && !error.isTransient) return error;
  throw error;
}

function evidenceOf(
  { journal, log, identity }: Governance,
  proposal: ForgeProposal,
  tree: Oid,
  { head, suspended }: BranchNow,
): Evidence {
  return gatherEvidence({
    repository: identity,
    proposal,
    sightings: journal.of(proposal.id),
    records: log.records,
    current: lastRatified(log.records).commit,
    base: head,
    tree,
    suspended,
  });
}

interface Judged {
  readonly proposal: ForgeProposal;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly plan: string;
  /** What became of it, where that is decided. */
  readonly end: ReturnType<typeof endOf>;
  readonly isOurs: boolean;
}

async function writeDown(governance: Governance, judged: Judged, at: number, signal: AbortSignal): Promise<void> {
  const { log } = governance;
  const { proposal, evidence, verdict, plan, end: kind, isOurs } = judged;
  const of = (kind: DecisionRecord["kind"]): boolean =>
    log.records.some(({ record }) => record.kind === kind && "proposal" in record && record.proposal === proposal.id);
  // An outsider's proposal is in the log from the first vote on: a public log is for ever, and anybody can open a thousand.
  if (!of("opened")) {
    if (!isOurs && verdict.votes.length === 0) return;
    const { openedAt, head } = evidence.proposal;
    // Opened while this pass was reading, or by a clock that is ahead: a later pass has it, and no record is older than what it is of.
    if (openedAt > at) return;
    const opened = {
      kind: "opened",
      at,
      proposal: proposal.id,
      head: head.oid,
      openedAt,
      ratified: evidence.opening,
    } as const;
    await append(governance, opened, undefined, signal);
  }
  if (isOver(log.records, proposal.id)) return;
  if (
    kind === undefined ||
    (kind === "emergency" && (of("emergency") || !(await canLie(governance, evidence, signal))))
  )
    return;
  // As it is seen at the time of the record, so that a replay asks the same question.
  await append(governance, verdictRecord({ kind, at, evidence, verdict, plan }), evidence, signal);
}

/** Whether what an emergency changes can be laid over what is in force; what cannot is told in the plan. */
async function canLie(governance: Governance, evidence: Evidence, signal: AbortSignal): Promise<boolean> {
  const { repository, policies, log } = governance;
  const { commit, tree } = lastRatified(log.records);
  const policy = await policies.load(tree, signal);
  if (!policy.ok) return false;
  const effective = await repository.diff(tree, evidence.candidate.tree, { signal });
  const sheet = { proposal: evidence.proposal.id, tree: evidence.candidate.tree, effective };
  const sources = { repository, namespaces: policies.namespaces, commit, policy: policy.value };
  return (await overlaysOf([sheet], sources, { signal })).problems.length === 0;
}

function endOf(
  proposal: ForgeProposal,
  verdict: Verdict,
  now: number,
): "rejected" | "vetoed" | "expired" | "closed" | "emergency" | undefined {
  if (proposal.state === "closed") return "closed";
  if (verdict.isEmergency && verdict.state === "passed") return "emergency";
  // Before its end a push can still mend what no vote could.
  const isClosed = now >= verdict.closesAt;
  const { state } = verdict;
  return isClosed && (state === "rejected" || state === "vetoed" || state === "expired") ? state : undefined;
}

async function report(
  governance: Governance,
  proposal: ForgeProposal,
  tree: Oid,
  shown: Omit<ReportInput, "proposal" | "plan">,
  signal: AbortSignal,
): Promise<void> {
  const { log, forge } = governance;
  const planned = await governance.plan(lastRatified(log.records).tree, tree, signal);
  await forge.report(renderReport({ proposal, ...shown, ...(planned && { plan: planned }) }), signal);
}

async function reportConflict(
  { forge }: Governance,
  proposal: ForgeProposal,
  conflicts: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (proposal.state !== "open") return;
  await forge.report(renderReport({ proposal, conflicts }), signal);
}
