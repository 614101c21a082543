/** Why a unit of the policy branch is ratified or not, as a table. */
import { describe, expect, test } from "vitest";
import type { Verdict } from "../constitution/verdict.ts";
import type { ForgeProposal } from "../forges/forge.ts";
import { unratifiedSentence } from "./sentences.ts";
import { judgeUnit, type UnitFacts, unitChecks } from "./unit-checks.ts";

const proposal = { id: "git:g/o", head: { oid: "head" }, isEmergency: false } as ForgeProposal;
const passed = { state: "passed" } as Verdict;

/** A good merge; each case bends one thing. */
function facts(bent: Partial<UnitFacts> = {}): UnitFacts {
  return {
    ratifiedTree: "tree-0",
    tip: { oid: "merge", tree: "tree-1", parents: ["base", "head"] },
    proposal,
    isSpent: false,
    hasHead: true,
    recomputed: { ok: true, tree: "tree-1" },
    verdict: passed,
    ...bent,
  };
}

function without<K extends keyof UnitFacts>(name: K): UnitFacts {
  const { [name]: _, ...rest } = facts();
  return rest as unknown as UnitFacts;
}

describe("a unit", () => {
  test.each<[string, UnitFacts]>([
    ["a merge commit of a proposal that passed", facts()],
    ["a squash of it", facts({ tip: { oid: "merge", tree: "tree-1", parents: ["base"] } })],
  ])("is ratified: %s", (_, given) => {
    expect(judgeUnit(given)).toEqual({ kind: "ratified" });
  });

  test.each<[string, UnitFacts]>([
    ["a revert", { ...without("proposal"), tip: { oid: "revert", tree: "tree-0", parents: ["x"] } }],
    [
      "an empty proposal, whatever its vote",
      facts({ tip: { oid: "m", tree: "tree-0", parents: ["base", "head"] }, isSpent: true }),
    ],
  ])("that has the ratified tree restores it: %s", (_, given) => {
    expect(judgeUnit(given)).toEqual({ kind: "restored" });
  });

  test.each<[string, UnitFacts, string]>([
    ["an administrator's push", without("proposal"), "NoProposal"],
    ["the merge of a proposal that was ratified before", facts({ isSpent: true }), "ProposalSpent"],
    ["a proposal whose head was not to be had", facts({ hasHead: false }), "HeadMissing"],
    ["content that git does not give", facts({ isUnreadable: true }), "Unreadable"],
    [
      "a merge of something else than the head",
      facts({ tip: { oid: "m", tree: "tree-1", parents: ["base", "other"] } }),
      "ForkedProposal",
    ],
    [
      "a merge with a third parent",
      facts({ tip: { oid: "m", tree: "tree-1", parents: ["base", "head", "x"] } }),
      "ForkedProposal",
    ],
    [
      "a merge that needed a decision of its own",
      facts({ recomputed: { ok: false, conflicts: ["a"] } }),
      "MergeConflicts",
    ],
    ["a merge queue's wrong tree", facts({ recomputed: { ok: true, tree: "tree-2" } }), "MergeTreeDiffers"],
    ["an emergency that was merged", facts({ proposal: { ...proposal, isEmergency: true } }), "EmergencyMerged"],
    ["a proposal that is still open", facts({ verdict: { state: "open" } as Verdict }), "NotPassed"],
    ["a proposal without a verdict", without("verdict"), "NotPassed"],
    ["a proposal that was vetoed", facts({ verdict: { state: "vetoed" } as Verdict }), "NotPassed"],
    ["a policy that cannot be applied", facts({ policyProblems: ["models/a.yaml:1"] }), "PolicyInvalid"],
  ])("is not ratified: %s", (_, given, code) => {
    expect(judgeUnit(given)).toEqual({ kind: "unratified", code });
    expect(unratifiedSentence(code, "merge", "genesis")).toMatch(
      / is not ratified: .+ stays in force, .*merge the revert/,
    );
  });

  test("is judged by every check of the list: leaving any one out would ratify something", () => {
    const bad: Record<string, UnitFacts> = {
      NoProposal: without("proposal"),
      ProposalSpent: facts({ isSpent: true }),
      HeadMissing: facts({ hasHead: false }),
      Unreadable: facts({ isUnreadable: true }),
      ForkedProposal: facts({ tip: { oid: "m", tree: "tree-1", parents: ["base", "other"] } }),
      MergeConflicts: facts({ recomputed: { ok: false, conflicts: [] } }),
      MergeTreeDiffers: facts({ recomputed: { ok: true, tree: "x" } }),
      EmergencyMerged: facts({ proposal: { ...proposal, isEmergency: true } }),
      NotPassed: facts({ verdict: { state: "open" } as Verdict }),
      PolicyInvalid: facts({ policyProblems: ["x"] }),
    };
    const found = Object.entries(bad).map(([code, given]) => [code, unitChecks.flatMap((check) => check(given) ?? [])]);
    for (const [code, codes] of found) expect(codes).toContain(code);
    expect(unitChecks).toHaveLength(Object.keys(bad).length);
  });
});
