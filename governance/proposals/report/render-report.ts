/**
 * Shows how a proposal stands, the same on every forge: two checks for people and the same as data for the command line.
 * Pure: equal input gives equal output whatever the time, so a forge can tell whether there is anything new to show.
 */
import type { JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { problemSentence } from "../../constitution/documents/problem.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import type { ProposalReport } from "../../forges/forge.ts";
import { objectTitle } from "../../policy/policy.ts";
import type { ProposalPlan } from "../plan.ts";
import type { ReportInput } from "./input.ts";
import { planCheck } from "./plan-check.ts";
import { steadySentence } from "./sentences.ts";
import { voteCheck } from "./vote-check.ts";
import { voterName } from "./voters.ts";

export type { ReportInput } from "./input.ts";

export function renderReport(input: ReportInput): ProposalReport {
  const { id, head } = input.proposal;
  return { proposal: id, head: head.oid, plan: planCheck(input), vote: voteCheck(input), data: dataOf(input) };
}

/** Plain JSON. Words from outside are in it as they are: who shows them makes them printable. */
function dataOf(input: ReportInput): JsonValue {
  const { proposal, conflicts, plan, planDigest, verdict, ballots, notices = [] } = input;
  return {
    format: 1,
    proposal: proposal.id,
    label: proposal.label,
    head: proposal.head.oid,
    notices,
    ...(conflicts && { conflicts }),
    ...(planDigest !== undefined && { planDigest }),
    ...(plan && { plan: planData(plan) }),
    ...(ballots !== undefined && { ballots }),
    ...(verdict && { verdict: verdictData(input, verdict) }),
  };
}

function planData({ problems, objects, capacity, models }: ProposalPlan): JsonValue {
  return {
    problems: problems.map(problemSentence),
    objects: objects
      .filter(({ change }) => change !== "unchanged")
      .map(({ change, basis, diff, refusal, ...name }) => ({
        name: objectTitle(name),
        change,
        basis,
        diff,
        ...(refusal !== undefined && { refusal }),
      })),
    capacity,
    models: models.map(({ reference, bytes, licence, unknown, ...name }) => ({
      name: objectTitle(name),
      reference,
      ...(bytes !== undefined && { bytes }),
      ...(licence !== undefined && { licence }),
      ...(unknown !== undefined && { unknown }),
    })),
  };
}

function verdictData(input: ReportInput, verdict: Verdict): JsonValue {
  const { state, decidedBy, classes, isEmergency, tally, quorum, votes, reasons } = verdict;
  const { electors, yes, no, abstain } = tally;
  return {
    state,
    decidedBy,
    classes,
    isEmergency,
    tally: { electors, yes, no, abstain },
    quorum: { ...quorum },
    votes: votes.map((vote) => ({ ...vote, name: voterName(input, vote) })),
    times: timesOf(verdict),
    reasons: reasons.map((reason) => ({ code: reason.code, sentence: steadySentence(reason) })),
  };
}

function timesOf({ closesAt, mergeBy, passesAt, appliesAt, expiresAt }: Verdict): JsonValue {
  return {
    closesAt,
    mergeBy,
    ...(passesAt !== undefined && { passesAt }),
    ...(appliesAt !== undefined && { appliesAt }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
