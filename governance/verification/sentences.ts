/** Why a commit of the policy branch is not in force, in words, and what to do. The words are made here and nowhere else. */
import type { UnratifiedCode } from "./unit-checks.ts";

export const unratifiedReasons: Readonly<Record<UnratifiedCode, string>> = {
  NoProposal: "it was pushed without a proposal",
  ProposalSpent: "its proposal was ratified before, and cannot be merged a second time",
  ForkedProposal: "it merges something else than the head of its proposal",
  HeadMissing: "the head of its proposal cannot be read",
  Unreadable: "it holds what git does not give: too much, names that are no text, or damaged objects",
  MergeConflicts: "its proposal cannot be merged without a conflict, so somebody decided more than was voted for",
  MergeTreeDiffers: "its content is not what a merge of its proposal makes",
  EmergencyMerged: "an emergency is in force without a merge; what shall last needs an ordinary vote",
  NotPassed: "its proposal had not passed when it was merged, or would bring more into force than was voted for",
  PolicyInvalid: "it says nothing that could be applied",
};

/** The end of a sentence that begins with the commit. */
export function unratifiedReason(code: string): string {
  return Object.hasOwn(unratifiedReasons, code) ? unratifiedReasons[code as UnratifiedCode] : code;
}

export function unratifiedSentence(code: string, commit: string, inForce: string): string {
  return (
    `${commit.slice(0, 12)} is not ratified: ${unratifiedReason(code)}. ${inForce.slice(0, 12)} stays in force, and nothing that is ` +
    "merged above takes effect until the branch is back at that content (merge the revert that is offered) or a proposal ratifies the difference."
  );
}
