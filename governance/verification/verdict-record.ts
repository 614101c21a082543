/** A verdict as the log keeps it. Pure; replay makes it again from the same evidence and compares. */
import { evaluatorVersion } from "../constitution/evaluate.ts";
import type { Verdict } from "../constitution/verdict.ts";
import { type Evidence, evidenceDigest } from "../evidence/evidence.ts";
import type { VerdictRecord } from "../log/record.ts";

export interface RecordInput {
  readonly kind: VerdictRecord["kind"];
  readonly at: number;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly plan: string;
  readonly merge?: NonNullable<VerdictRecord["merge"]>;
}

export function verdictRecord({ kind, at, evidence, verdict, plan, merge }: RecordInput): VerdictRecord {
  const { passesAt, appliesAt, expiresAt, closesAt, mergeBy, quorum, tally } = verdict;
  const { electors, yes, no, abstain, cast } = tally;
  return {
    kind,
    at,
    proposal: evidence.proposal.id,
    head: evidence.proposal.head.oid,
    ...(merge && { merge }),
    from: evidence.current,
    constitution: verdict.constitution,
    electorate: verdict.electorate,
    decidedBy: verdict.decidedBy,
    classes: verdict.classes,
    isEmergency: verdict.isEmergency,
    plan,
    tally: { electors, yes, no, abstain, cast },
    quorum,
    votes: verdict.votes,
    times: {
      openedAt: evidence.proposal.openedAt,
      judgedAt: evidence.merged?.at ?? at,
      closesAt,
      mergeBy,
      ...(passesAt !== undefined && { passesAt }),
      ...(appliesAt !== undefined && { appliesAt }),
      ...(expiresAt !== undefined && { expiresAt }),
    },
    reasons: verdict.reasons.map(({ code }) => code),
    evaluator: evaluatorVersion,
    evidence: evidenceDigest(evidence),
  };
}
