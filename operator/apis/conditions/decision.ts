/**
 * What the conditions of a Decision are about and why they are as they are: one sentence per type and per reason. Programs
 * switch on the words, `docs/reference` is generated from them, and governance writes no reason that is not here.
 */

export const decisionConditions = {
  Ready:
    "True when nothing is left to do: what was decided is in force, or nothing was to be done; computed from the others, in one place.",
  Decided: "True when the outcome stands; while votes may still come, or a merge is waited for, it does not.",
  Applied: "True when the cluster is as the decision says, or when the decision leaves the cluster as it is.",
  Recorded: "True when the decision log holds it; who has the log can prove it.",
  Held: "True while what was decided must not be applied; the message says what it waits for.",
  Stalled: "True when nothing more happens until somebody changes something; the message says what.",
} as const;

export type DecisionConditionType = keyof typeof decisionConditions;

/** Which conditions Ready is made of, in the order in which they are told. */
export const decisionReadiness = {
  positive: ["Decided", "Applied", "Recorded"],
  negative: ["Stalled", "Held"],
} as const satisfies Record<string, readonly DecisionConditionType[]>;

export const decisionReasons = {
  // Ready
  Settled: "Nothing is left to do.",

  // Decided
  VotingOpen: "Votes may still come.",
  ConsentMissing: "The owner of a machine that it concerns has to agree.",
  MergeWaited: "It has passed; who may merge has to merge it before the named time.",
  Ratified: "It was merged as it was decided, and the merge was verified.",
  Rejected: "It cannot pass, or did not pass by the end.",
  Vetoed: "Somebody who may do so said no.",
  Expired: "Its time went by.",
  Closed: "It was closed without a merge.",
  EmergencyInForce: "Enough signers signed; it holds until it expires or is ratified.",
  EmergencyEnded: "The emergency is over: it expired, was ratified, or what it reduced was decided anew.",
  NotDecidedByAnybody:
    "The commit came to the policy branch without a decision; what was ratified before stays in force.",
  BranchRestored: "The policy branch has the ratified files again.",

  // Applied
  Undecided: "There is no decision that could be applied.",
  NothingToApply: "The outcome leaves the cluster as it is.",
  InForce: "Every object is as decided.",
  WaitingForHealth: "Objects of an earlier wave are not healthy yet.",
  Applying: "Objects are being written.",
  EmptySet: "The tree holds no object at all: everything would be removed, and that is never done.",
  PruneCap: "More objects would be removed at once than the cap allows.",
  Unconfirmed: "An object would be removed whose removal has to be named in `confirmations.yaml`.",
  Refused: "The API server refuses an object.",
  Conflict: "Somebody else kept changing an object while it was written; it is tried again.",
  Unreachable: "The API server does not answer; it is tried again.",
  Unhealthy: "Objects did not become healthy in time.",
  NamespaceMissing: "A namespace that the policy writes to does not exist or is not governed.",

  // Recorded
  InLog: "The decision log holds it at the named places.",
  NotInLogYet: "The decision log does not hold it yet.",

  // Held
  Timelock: "The time between the merge and the effect is not over.",
  PredecessorFirst: "A decision that was merged before it has to be applied first.",
  BranchUnratified:
    "The policy branch holds files that nobody decided; nothing new is applied until they are gone or ratified.",
  Halted: "The policy branch or the log is not what it was; nothing is applied until a person has looked.",
  NotHeld: "Nothing keeps it from being applied.",

  // Stalled
  NeedsAPerson: "It goes on only when somebody does what the message says.",
  Progressing: "Nothing needs a person.",
} as const;

export type DecisionReason = keyof typeof decisionReasons;

/** Events are named by what happened, in the past. */
export const decisionEvents = {
  ProposalOpened: "A proposal was opened.",
  Passed: "A proposal may be merged.",
  Ratified: "A merge was verified and is what was decided.",
  Rejected: "A proposal did not pass.",
  Vetoed: "A proposal was vetoed.",
  Expired: "A proposal's time went by.",
  Closed: "A proposal was closed without a merge.",
  EmergencyBegun: "An emergency is in force.",
  EmergencyEnded: "An emergency is over.",
  Applied: "A decision is in force.",
  ApplyFailed: "A decision could not be applied; it is tried again.",
  DriftCorrected: "A governed object had been changed by somebody else and is as decided again.",
  UnratifiedCommit: "A commit came to the policy branch without a decision.",
  BranchRestored: "The policy branch has the ratified files again.",
  Halted: "Governance applies nothing until a person has looked.",
} as const;

export type DecisionEvent = keyof typeof decisionEvents;
