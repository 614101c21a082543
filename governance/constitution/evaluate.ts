/**
 * Decides. Given all that is known of a proposal and a time, it says how the proposal stands and why, with every reason.
 * The check on an open proposal, the gate before anything is applied, and the command line ask the same function, and
 * `replay` asks it again years later: it has no clock, no chance and no memory.
 */

import { caseOf } from "./case.ts";
import type { Constitution, Sealed } from "./documents/constitution.ts";
import { assertPlausible } from "./plausible.ts";
import { reason } from "./reasons/reason.ts";
import { refusalChecks } from "./refusals.ts";
import { decidedAs, factsOf, reached, spelledOut } from "./report.ts";
import type { Snapshot } from "./snapshot.ts";
import { lapseOf, stateOf, timeChecks, timesOf } from "./timing.ts";
import { strictest, type Verdict } from "./verdict.ts";
import { holdVote } from "./voting/vote.ts";
import { consentCheck, majorityChecks, vetoCheck } from "./voting/vote-checks.ts";

/** Of the rules that this code holds; a record names it, so that a replay knows what it repeats. */
export const evaluatorVersion = 1;

/**
 * `now`: milliseconds since the Unix epoch. Judged under the constitution of the opening and, where it was changed since,
 * under today's too: else lowering a quorum would make failed proposals pass (GHSA-xrc4-737v-9q75), and raising it would
 * not reach what is open. Throws an ImplausibleError for a snapshot that cannot be.
 */
export function evaluate(snapshot: Snapshot, now: number): Verdict {
  assertPlausible(snapshot, now);
  const { opening, current } = snapshot;
  const today = evaluateUnder(current.constitution, snapshot, now);
  if (opening.constitution.digest === current.constitution.digest) return today;
  const both = strictest(today, evaluateUnder(opening.constitution, snapshot, now));
  const digests = { opening: opening.constitution.digest, current: current.constitution.digest };
  return { ...both, reasons: [reason("RulesChanged", digests), ...both.reasons] };
}

function evaluateUnder(rules: Sealed<Constitution>, snapshot: Snapshot, now: number): Verdict {
  const the = caseOf(snapshot, rules);
  // A merge ends the vote: what counts is how it stood then.
  const merged = snapshot.merged && snapshot.merged.at <= now ? snapshot.merged : undefined;
  const judgedAt = merged ? merged.at : now;
  const vote = holdVote(the, judgedAt);
  const moment = { the, vote, now, judgedAt, isMerged: merged !== undefined };
  const findings = {
    refusals: refusalChecks.flatMap((check) => check(the) ?? []),
    vetoes: [vetoCheck].flatMap((check) => check(vote.standing, the) ?? []),
    consents: [consentCheck].flatMap((check) => check(vote.standing, the) ?? []),
    waits: [
      ...timeChecks.flatMap((check) => check(moment) ?? []),
      ...majorityChecks.flatMap((check) => check(vote.standing, the) ?? []),
    ],
  };
  const lapse = lapseOf(findings, moment);
  const state = stateOf(findings, lapse, moment);
  const times = timesOf(findings, moment);
  const reasons = [
    decidedAs(the),
    ...findings.refusals,
    ...findings.vetoes,
    ...findings.consents,
    ...findings.waits,
    ...(lapse ? [lapse] : []),
    ...(merged && state !== "passed" && !lapse ? [reason("MergedUnpassed", { mergedAt: judgedAt })] : []),
    ...reached(the, vote, times.expiresAt),
    ...spelledOut(vote.notes),
  ];
  return { state, ...factsOf(the, vote), constitution: rules.digest, ...times, reasons };
}
