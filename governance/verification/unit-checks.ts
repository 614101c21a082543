/**
 * Why a unit of the policy branch is not ratified: an ordered list, the first that finds something says why. What is judged is
 * always the way from the last ratified tree to the unit's tree, so that an unratified push below a good merge is part of what
 * would have had to be voted for.
 */
import type { Verdict } from "../constitution/verdict.ts";
import type { ForgeProposal } from "../forges/forge.ts";
import type { MergeOutcome, Oid } from "../git/repository.ts";

export interface UnitFacts {
  /** Of the last ratified commit. */
  readonly ratifiedTree: Oid;
  readonly tip: { readonly oid: Oid; readonly tree: Oid; readonly parents: readonly Oid[] };
  readonly proposal?: ForgeProposal;
  /** The proposal had its decision before. */
  readonly isSpent: boolean;
  /** Its head is among the objects that were fetched. */
  readonly hasHead: boolean;
  /** What it brings is no content that git gives: too large, with names that are no text, or damaged. */
  readonly isUnreadable?: boolean;
  /** The merge of the unit's base and the proposal's head, made here. */
  readonly recomputed?: MergeOutcome;
  readonly verdict?: Verdict;
  /** Why its policy could not be applied. */
  readonly policyProblems?: readonly string[];
}

export type UnratifiedCode =
  | "NoProposal"
  | "ProposalSpent"
  | "ForkedProposal"
  | "HeadMissing"
  | "Unreadable"
  | "MergeConflicts"
  | "MergeTreeDiffers"
  | "EmergencyMerged"
  | "NotPassed"
  | "PolicyInvalid";

type UnitCheck = (facts: UnitFacts) => UnratifiedCode | undefined;

export const unitChecks: readonly UnitCheck[] = [
  ({ proposal }) => (proposal ? undefined : "NoProposal"),
  ({ isSpent }) => (isSpent ? "ProposalSpent" : undefined),
  ({ hasHead }) => (hasHead ? undefined : "HeadMissing"),
  ({ isUnreadable }) => (isUnreadable ? "Unreadable" : undefined),
  // A merge commit brings in its second parent, whatever the forge says it merged.
  ({ tip, proposal }) =>
    tip.parents.length > 2 || !isSecondParent(tip.parents, proposal) ? "ForkedProposal" : undefined,
  ({ recomputed }) => (recomputed?.ok === false ? "MergeConflicts" : undefined),
  // GitHub's merge queue made wrong trees with green checks on 2026-04-23.
  ({ recomputed, tip }) => (recomputed?.ok && recomputed.tree !== tip.tree ? "MergeTreeDiffers" : undefined),
  // It is in force without a merge, and ends by itself; what lasts needs an ordinary vote.
  ({ proposal }) => (proposal?.isEmergency ? "EmergencyMerged" : undefined),
  ({ verdict }) => (verdict?.state === "passed" ? undefined : "NotPassed"),
  // The members voted for it, but it says nothing that could be made true: what is in force stays.
  ({ policyProblems = [] }) => (policyProblems.length > 0 ? "PolicyInvalid" : undefined),
];

export type Judgement =
  | { readonly kind: "restored" }
  | { readonly kind: "ratified" }
  | { readonly kind: "unratified"; readonly code: UnratifiedCode };

export function judgeUnit(facts: UnitFacts): Judgement {
  // Nothing differs from what is in force: there is nothing to vote for. So a revert heals the branch.
  if (facts.tip.tree === facts.ratifiedTree) return { kind: "restored" };
  for (const check of unitChecks) {
    const code = check(facts);
    if (code !== undefined) return { kind: "unratified", code };
  }
  return { kind: "ratified" };
}

function isSecondParent([, second]: readonly Oid[], proposal: ForgeProposal | undefined): boolean {
  return second === undefined || second === proposal?.head.oid;
}
