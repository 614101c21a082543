/** The log told by subject, as `kubectl get decisions` shows it. */
import { describe, expect, test } from "vitest";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord, VerdictRecord } from "../log/record.ts";
import type { GovernanceView, JudgedProposal } from "../service/governance.ts";
import { decisionStatus } from "./decision-status.ts";
import { decisionName, entriesOf } from "./entries.ts";

const at = Date.UTC(2026, 0, 10);
const proposal = "git:aaaa/bbbbbbbbbbbbbbbb";
const genesis = { kind: "genesis", commit: "g", tree: "tg", at } as DecisionRecord;
const opened = { kind: "opened", at, proposal, head: "h", openedAt: at, ratified: "g" } as const;
const verdict = (kind: VerdictRecord["kind"], merge?: string): VerdictRecord => ({
  ...{ kind, at, proposal, head: "h", from: "g", constitution: "c", electorate: "e", decidedBy: "routine" },
  ...{ classes: ["routine"], isEmergency: false, plan: "p", tally: { yes: 2, no: 1, abstain: 0 }, votes: [] },
  quorum: { needed: 2, votes: 3, of: "cast" },
  times: { openedAt: at, judgedAt: at, closesAt: at + 10, mergeBy: at + 20, appliesAt: at + 5_000 },
  ...{ reasons: ["QuorumReached"], evaluator: 1, evidence: "x" },
  ...(merge !== undefined && { merge: { commit: merge, parents: [], base: "g", tree: `t${merge}` } }),
});
const applied = (commit: string): DecisionRecord => ({
  ...{ kind: "applied", at: at + 6_000, commit, tree: `t${commit}`, emergencies: [], receipts: [], unchanged: 3 },
});
const unratified = {
  kind: "unratified",
  at,
  commit: "u".repeat(40),
  parents: [],
  tree: "tu",
  from: "g",
  code: "NoProposal",
} as const;
const restored = { kind: "restored", at, commit: "r", tree: "tg", from: "g" } as const;

const log = (...records: DecisionRecord[]): LoggedRecord[] =>
  records.map((record, index) => ({ index, record, digest: `sha256:${index}` }));
const quiet: GovernanceView["rollout"] = { state: "applied", waitsFor: [], commit: "g" };
const view = (open: readonly JudgedProposal[] = [], rollout = quiet, identity = "git:aaaa") => ({
  open,
  rollout,
  identity,
});
const judged = (state: string) => {
  const { tally, quorum, decidedBy, classes, times } = verdict("closed");
  const standing = {
    state,
    tally,
    quorum,
    decidedBy,
    classes,
    reasons: [],
    closesAt: times.closesAt,
    mergeBy: times.mergeBy,
  };
  return { proposal: { id: proposal, head: { oid: "h" } }, verdict: standing } as unknown as JudgedProposal;
};

describe("a Decision's state", () => {
  test.each<[string, DecisionRecord[], JudgedProposal[], GovernanceView["rollout"], string]>([
    ["while votes may come", [opened], [judged("open")], quiet, "open"],
    ["while an owner is asked", [opened], [judged("needsConsent")], quiet, "needsConsent"],
    ["when it may be merged", [opened], [judged("passed")], quiet, "passed"],
    ["when it could not pass, while it may still be mended", [opened], [judged("rejected")], quiet, "open"],
    ["when it did not pass", [opened, verdict("rejected")], [], quiet, "rejected"],
    ["when it was vetoed", [opened, verdict("vetoed")], [], quiet, "vetoed"],
    ["when its time went by", [opened, verdict("expired")], [], quiet, "expired"],
    ["when it was closed", [opened, verdict("closed")], [], quiet, "closed"],
    ["when it waits for its time", [opened, verdict("ratified", "m")], [], quiet, "ratified"],
    [
      "while it is rolled out",
      [opened, verdict("ratified", "m")],
      [],
      { ...quiet, commit: "m", state: "waiting" },
      "applying",
    ],
    [
      "when it could not be applied",
      [opened, verdict("ratified", "m")],
      [],
      { ...quiet, commit: "m", state: "failed" },
      "applyFailed",
    ],
    ["when it is in force", [opened, verdict("ratified", "m"), applied("m")], [], quiet, "applied"],
    [
      "when only what was before it is in force",
      [opened, applied("g"), verdict("ratified", "m"), applied("g")],
      [],
      quiet,
      "ratified",
    ],
    ["while an emergency holds", [opened, verdict("emergency")], [], quiet, "emergency"],
    [
      "when the emergency is over",
      [opened, verdict("emergency"), { kind: "emergencyEnded", at, proposal, cause: "expired" }],
      [],
      quiet,
      "ended",
    ],
    [
      "when the emergency is over, and its proposal went by unmerged",
      [opened, verdict("emergency"), { kind: "emergencyEnded", at, proposal, cause: "expired" }, verdict("expired")],
      [],
      quiet,
      "ended",
    ],
    ["when it was merged without having passed", [opened, { ...unratified, proposal }], [], quiet, "unratified"],
  ])("%s", (_, records, open, rollout, state) => {
    const [entry] = entriesOf(log(genesis, ...records), view(open, rollout));
    expect(entry?.state).toBe(state);
    const status = decisionStatus({ entry: entry!, rollout, before: [], generation: 1, now: at });
    expect(status.conditions?.map(({ type }) => type)).toEqual([
      "Decided",
      "Applied",
      "Recorded",
      "Held",
      "Stalled",
      "Ready",
    ]);
  });

  test("of a proposal that a later rollout brought into force with another one", () => {
    const other = { ...verdict("ratified", "n"), proposal: "git:aaaa/cccccccccccc" };
    const [first] = entriesOf(log(genesis, opened, verdict("ratified", "m"), other, applied("n")), view());
    expect(first?.state).toBe("applied");
  });

  test("of a push that nobody decided, until the branch is back", () => {
    expect(entriesOf(log(genesis, unratified), view())[0]).toMatchObject({
      state: "unratified",
      name: `commit-${"u".repeat(12)}`,
    });
    expect(entriesOf(log(genesis, unratified, restored), view())[0]?.state).toBe("restored");
  });
});

describe("a proposal of a forge that the community has left", () => {
  const there = { ...opened, proposal: "github:5/7" };
  const reasonsOf = (records: readonly DecisionRecord[], identity?: string) => {
    const [entry] = entriesOf(log(genesis, ...records), view([], quiet, identity));
    const { state, reasons } = decisionStatus({ entry: entry!, rollout: quiet, before: [], generation: 1, now: at });
    return { state, reasons };
  };

  test("is closed where it was open, and says what to do", () => {
    expect(reasonsOf([there])).toEqual({
      state: "closed",
      reasons: ["it was open on github:5 when the community left that: propose it anew where proposals are made now"],
    });
  });

  test("is open while the community is there", () => {
    expect(reasonsOf([there], "github:5").state).toBe("open");
  });

  test("is what was decided of it there", () => {
    expect(reasonsOf([there, { ...verdict("rejected"), proposal: there.proposal }]).state).toBe("rejected");
  });
});

describe("what is shown", () => {
  test("is the latest of many, each by its name", () => {
    const many = [1, 2, 3].map((number) => ({ ...opened, proposal: `github:5/${number}` }));
    expect(entriesOf(log(genesis, ...many), view([], quiet, "github:5"), 2).map(({ name }) => name)).toEqual([
      "github-2",
      "github-3",
    ]);
    expect(decisionName({ proposal })).toBe("git-bbbbbbbbbbbb");
  });

  test("says what a ratified one waits for: its own timelock, then that of what was merged before it", () => {
    const [entry] = entriesOf(log(genesis, opened, verdict("ratified", "m")), view());
    const held = (now: number, nextAt?: number) =>
      decisionStatus({
        entry: entry!,
        rollout: { ...quiet, ...(nextAt && { nextAt }) },
        before: [],
        generation: 1,
        now,
      }).conditions?.find(({ type }) => type === "Held")?.reason;
    expect(held(at)).toBe("Timelock");
    expect(held(at + 5_000, at + 9_000)).toBe("PredecessorFirst");
    expect(held(at + 9_000)).toBe("NotHeld");
  });
});
