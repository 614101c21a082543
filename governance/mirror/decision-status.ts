/** An entry of the log as `kubectl` shows it: numbers, times, sentences, conditions. Pure. */
import {
  type DecisionConditionType,
  type DecisionReason,
  decisionReadiness,
} from "../../operator/apis/conditions/decision.ts";
import type { DecisionState, DecisionStatus } from "../../operator/apis/decision.ts";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { type Condition, type Finding, setConditions, summarise } from "../../operator/kube/conditions.ts";
import { printable } from "../../operator/text/printable.ts";
import type { RolloutView } from "../service/governance.ts";
import { unratifiedReason } from "../verification/sentences.ts";
import type { Entry } from "./entries.ts";

const reasonsMax = 64;
const sentenceCharsMax = 1_024;
const recordsMax = 64;
const receiptsMax = 256;

export interface StatusInput {
  readonly entry: Entry;
  readonly rollout: RolloutView;
  readonly before: readonly Condition[];
  readonly generation: number;
  readonly now: number;
}

export function decisionStatus({ entry, rollout, before, generation, now }: StatusInput): DecisionStatus {
  const { state, records, verdict, judged, applied } = entry;
  const open = judged?.verdict;
  const facts = open ?? verdict;
  const times = open ?? verdict?.times;
  const merge = verdict?.merge?.commit;
  const own = applied && applied.commit === merge ? applied : undefined;
  return {
    observedGeneration: generation,
    state,
    ...(facts && {
      class: facts.decidedBy,
      classes: [...facts.classes],
      tally: tallyOf(facts.tally),
    }),
    ...(facts && { quorum: `${facts.quorum.votes} of ${facts.quorum.needed} (${facts.quorum.of})` }),
    ...headOf(entry),
    ...(verdict && { plan: verdict.plan }),
    ...(merge !== undefined && { merge }),
    ...(times && { votingEndsAt: rfc3339(times.closesAt), mergeBefore: rfc3339(times.mergeBy) }),
    ...(times?.appliesAt !== undefined && { appliesAt: rfc3339(times.appliesAt) }),
    ...(times?.expiresAt !== undefined && { expiresAt: rfc3339(times.expiresAt) }),
    ...(applied && { appliedAt: rfc3339(applied.at) }),
    reasons: sentencesOf(entry),
    records: records.slice(-recordsMax).map(({ index, record: { kind, at } }) => ({ index, kind, at: rfc3339(at) })),
    ...(own && { receipts: own.receipts.slice(0, receiptsMax).map((one) => ({ ...one })) }),
    ...(own && { receiptCount: own.receipts.length, unchanged: own.unchanged }),
    conditions: [...conditionsOf({ entry, rollout, before, generation, now })],
  };
}

function tallyOf(tally: object) {
  const numbers = new Map<string, unknown>(Object.entries(tally));
  const count = (name: string): number => Number(numbers.get(name) ?? 0);
  const [inFavour, against, abstain] = [count("yes"), count("no"), count("abstain")];
  return {
    summary: `${inFavour}-${against}-${abstain}`,
    electors: count("electors"),
    inFavour,
    against,
    abstain,
  };
}

function headOf({ records, judged }: Entry): { head?: string } {
  const oid =
    judged?.proposal.head.oid ?? records.flatMap(({ record }) => ("head" in record ? [record.head] : [])).at(-1);
  return oid === undefined ? {} : { head: oid };
}

function sentencesOf({ judged, records, leftOn }: Entry): string[] {
  if (leftOn !== undefined) {
    return [`it was open on ${leftOn} when the community left that: propose it anew where proposals are made now`];
  }
  if (judged?.conflicts)
    return [printable(`it conflicts with the policy branch in ${judged.conflicts.join(", ")}`, sentenceCharsMax)];
  const now = judged?.verdict?.reasons.map(({ sentence }) => printable(sentence, sentenceCharsMax));
  if (now) return now.slice(0, reasonsMax);
  const last = records.at(-1)?.record;
  if (last?.kind === "unratified") return [`it is not ratified: ${unratifiedReason(last.code)}`];
  const codes = records.flatMap(({ record }) => ("reasons" in record && record.reasons ? [record.reasons] : [])).at(-1);
  return [...(codes ?? [])].slice(0, reasonsMax);
}

function conditionsOf(input: StatusInput): readonly Condition[] {
  const { before, generation, now } = input;
  const findings = parts.map((part): Finding => ({ ...part(input), observedGeneration: generation }));
  const list = setConditions(before, findings, now);
  const rules = {
    target: "Ready",
    ...decisionReadiness,
    ready: { reason: "Settled" satisfies DecisionReason, message: "nothing is left to do" },
  };
  return setConditions(list, [summarise(list, rules, generation)], now);
}

type Part = (input: StatusInput) => Finding & { readonly type: DecisionConditionType; readonly reason: DecisionReason };

const decided: Readonly<Record<DecisionState, readonly ["True" | "False", DecisionReason, string]>> = {
  open: ["False", "VotingOpen", "votes may still come"],
  needsConsent: ["False", "ConsentMissing", "the owner of a machine has to agree"],
  passed: ["False", "MergeWaited", "it may be merged: commonhold merge, or the forge's button"],
  rejected: ["True", "Rejected", "it did not pass"],
  vetoed: ["True", "Vetoed", "somebody who may do so said no"],
  expired: ["True", "Expired", "its time went by"],
  closed: ["True", "Closed", "it was closed without a merge"],
  ratified: ["True", "Ratified", "it was merged as it was decided"],
  applying: ["True", "Ratified", "it was merged as it was decided"],
  applied: ["True", "Ratified", "it was merged as it was decided"],
  applyFailed: ["True", "Ratified", "it was merged as it was decided"],
  emergency: ["True", "EmergencyInForce", "it holds until it expires or is ratified"],
  ended: ["True", "EmergencyEnded", "the emergency is over"],
  unratified: ["True", "NotDecidedByAnybody", "what was ratified before stays in force"],
  restored: ["True", "BranchRestored", "the policy branch has the ratified files again"],
};

const parts: readonly Part[] = [
  ({ entry }) => {
    const [status, reason, message] = decided[entry.state];
    return { type: "Decided", status, reason, message };
  },
  ({ entry, rollout }) => {
    const { state } = entry;
    if (state === "applied" || state === "emergency")
      return finding("Applied", "True", "InForce", "every object is as decided");
    if (state === "applying") {
      const names = rollout.waitsFor.map(({ kind, name, why }) => `${kind} ${name}: ${why}`).join("; ");
      return finding("Applied", "False", "WaitingForHealth", `waits for ${names}`);
    }
    if (state === "applyFailed")
      return finding("Applied", "False", failureReason(rollout), rollout.sentence ?? "it could not be applied");
    if (state === "ratified") return finding("Applied", "False", "Applying", "it is applied when its time has come");
    if (decided[state][0] === "False")
      return finding("Applied", "False", "Undecided", "there is no decision that could be applied");
    return finding("Applied", "True", "NothingToApply", "the outcome leaves the cluster as it is");
  },
  ({ entry }) => {
    const places = entry.records.map(({ index }) => index);
    return finding("Recorded", "True", "InLog", `records ${places.slice(-8).join(", ")} of the decision log`);
  },
  ({ entry, rollout, now }) => {
    const appliesAt = entry.verdict?.times.appliesAt;
    if (entry.state !== "ratified") return finding("Held", "False", "NotHeld", "nothing keeps it from being applied");
    if (rollout.state === "held")
      return finding("Held", "True", "Halted", "nothing new is applied until a person has looked");
    if (appliesAt !== undefined && now < appliesAt) {
      return finding("Held", "True", "Timelock", `may be applied from ${rfc3339(appliesAt)} on`);
    }
    if (rollout.nextAt !== undefined && now < rollout.nextAt) {
      return finding(
        "Held",
        "True",
        "PredecessorFirst",
        `waits for the timelock of what was merged before it, until ${rfc3339(rollout.nextAt)}`,
      );
    }
    return finding("Held", "False", "NotHeld", "nothing keeps it from being applied");
  },
  ({ entry }) =>
    entry.state === "unratified"
      ? finding(
          "Stalled",
          "True",
          "NeedsAPerson",
          "merge the revert that is offered, or open a proposal for the difference",
        )
      : finding("Stalled", "False", "Progressing", "nothing needs a person"),
];

function finding(
  type: DecisionConditionType,
  status: "True" | "False",
  reason: DecisionReason,
  message: string,
): ReturnType<Part> {
  return { type, status, reason, message, observedGeneration: undefined };
}

/** The codes of a rollout's failures are reasons of the same name. */
function failureReason({ code }: RolloutView): DecisionReason {
  return code ?? "Refused";
}
