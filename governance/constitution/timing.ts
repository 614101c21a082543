/** What time does to a vote: from when on it may pass, when it ends, what lapses; and the state that follows. */
import type { Case } from "./case.ts";
import { type Reason, reason } from "./reasons/reason.ts";
import type { Verdict, VerdictState } from "./verdict.ts";
import type { Vote } from "./voting/vote.ts";

export interface Moment {
  readonly the: Case;
  readonly vote: Vote;
  /** The time that was asked for. */
  readonly now: number;
  /** The time for which votes are judged: that of the merge, once there was one. */
  readonly judgedAt: number;
  readonly isMerged: boolean;
}

export type TimeCheck = (moment: Moment) => Reason | undefined;

export const timeChecks: readonly TimeCheck[] = [
  // Nothing is decided before it began: a clock that jumped back lets nothing pass.
  ({ the, judgedAt }) => {
    const { openedAt } = the.snapshot.proposal;
    return judgedAt < openedAt ? reason("ClockBehind", { now: judgedAt, openedAt }) : undefined;
  },
  // Votes are reset by a push, and there must be the least time for new ones.
  ({ the, vote }) => {
    const { earliest } = the.procedure;
    return earliest > vote.closesAt ? reason("HeadTooLate", { earliest, closesAt: vote.closesAt }) : undefined;
  },
  ({ the, vote, judgedAt }) => {
    const { earliest } = the.procedure;
    const isRunning = judgedAt < earliest && earliest <= vote.closesAt;
    return isRunning ? reason("PeriodRunning", { until: earliest, leftMs: earliest - judgedAt }) : undefined;
  },
  // Who is surprised by a late quorum has time to answer.
  ({ the, vote, judgedAt }) => {
    const { quorumSince } = vote;
    if (quorumSince === undefined) return undefined;
    const until = quorumSince + the.procedure.lateQuorumMs;
    return judgedAt < until && until > the.procedure.earliest
      ? reason("LateQuorumRunning", { quorumSince, until })
      : undefined;
  },
];

export interface Findings {
  readonly refusals: readonly Reason[];
  readonly vetoes: readonly Reason[];
  readonly consents: readonly Reason[];
  /** Votes and time that are missing. */
  readonly waits: readonly Reason[];
}

/** What became of something that had passed, when the time for it went by. */
export function lapseOf(findings: Findings, { the, now, judgedAt, isMerged, vote }: Moment): Reason | undefined {
  if (isAnything(findings)) return undefined;
  const { mergeBy } = the.procedure;
  if (isMerged && judgedAt > mergeBy) return reason("MergedTooLate", { mergedAt: judgedAt, mergeBy });
  if (!isMerged && now > mergeBy) return reason("NotMerged", { mergeBy });
  const expiresAt = emergencyEnd(the, vote);
  if (expiresAt === undefined || now < expiresAt) return undefined;
  const { ratifiedAt } = the.snapshot.proposal.emergency ?? {};
  return ratifiedAt !== undefined && ratifiedAt < expiresAt ? undefined : reason("EmergencyLapsed", { expiresAt });
}

export function stateOf(findings: Findings, lapse: Reason | undefined, moment: Moment): VerdictState {
  const { refusals, vetoes, consents, waits } = findings;
  if (refusals.length > 0) return "rejected";
  if (lapse) return "expired";
  if (vetoes.length > 0) return "vetoed";
  if (!isAnything(findings)) return "passed";
  if (moment.isMerged) return "rejected";
  if (moment.judgedAt >= moment.vote.closesAt) return waits.some(isLackOfInterest) ? "expired" : "rejected";
  return waits.length === 0 && consents.length > 0 ? "needsConsent" : "open";
}

export function timesOf(findings: Findings, { the, vote, judgedAt, isMerged }: Moment): Times {
  const { procedure } = the;
  const times = { closesAt: vote.closesAt, mergeBy: procedure.mergeBy };
  const passesAt = findings.refusals.length > 0 ? undefined : passingTime(the, vote);
  if (passesAt === undefined) return times;
  const appliesAt = (isMerged ? judgedAt : passesAt) + procedure.timelockMs;
  const expiresAt = emergencyEnd(the, vote);
  return { ...times, passesAt, appliesAt, ...(expiresAt !== undefined && { expiresAt }) };
}

type Times = Pick<Verdict, "passesAt" | "closesAt" | "mergeBy" | "appliesAt" | "expiresAt">;

/** When it passes or passed if no vote changes any more; undefined while votes are missing or where it is too late. */
function passingTime({ procedure }: Case, { passableSince, quorumSince, closesAt }: Vote): number | undefined {
  if (passableSince === undefined || quorumSince === undefined) return undefined;
  const passesAt = Math.max(procedure.earliest, quorumSince + procedure.lateQuorumMs, passableSince);
  return passesAt > closesAt ? undefined : passesAt;
}

function emergencyEnd(the: Case, vote: Vote): number | undefined {
  const { emergency } = the.procedure;
  const passesAt = emergency && passingTime(the, vote);
  return passesAt === undefined ? undefined : passesAt + (emergency?.expires ?? 0);
}

function isAnything({ refusals, vetoes, consents, waits }: Findings): boolean {
  return refusals.length + vetoes.length + consents.length + waits.length > 0;
}

function isLackOfInterest({ code }: Reason): boolean {
  return code === "QuorumMissing" || code === "SignersMissing" || code === "HeadTooLate";
}
