import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { change, day, friends, head, judge, opened, person } from "../../constitution/cases/world.fixture.ts";
import { reason } from "../../constitution/reasons/reason.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import type { ObjectPlan, ProposalPlan } from "../plan.ts";
import { summaryCharsMax } from "./blocks.ts";
import { hostile } from "./hostile.fixture.ts";
import { outsideCode } from "./outside-code.fixture.ts";
import { type ReportInput, renderReport } from "./render-report.ts";

const alice = { kind: "github", id: 101, login: "alice", isBot: false } as const;
const bob = { kind: "github", id: 102, login: "bob", isBot: false } as const;
const planDigest = `sha256:${"a".repeat(64)}`;
const chat: ObjectPlan = {
  kind: "ModelDeployment",
  namespace: "community",
  name: "chat",
  change: "update",
  basis: "dry-run",
  diff: ["--- before", "+++ after", "-  replicas: 1", "+  replicas: 2"],
};
const emptyPlan: ProposalPlan = { problems: [], objects: [], capacity: [], models: [] };
const problem = {
  file: "models/a.yaml",
  line: 3,
  column: 5,
  path: "spec.x",
  reason: "x is no field",
  fix: "remove it",
};

function input(fields: Partial<ReportInput> = {}): ReportInput {
  const proposal = { id: "github:1/7", label: "#7", head: { oid: head }, proposer: alice, ballots: [] };
  return { proposal, plan: { ...emptyPlan, objects: [chat] }, planDigest, verdict: verdictAt(opened), ...fields };
}

function verdictAt(now: number): Verdict {
  return judge({ constitution: friends() }, now);
}

const planned = (fields: Partial<ProposalPlan>) => renderReport(input({ plan: { ...emptyPlan, ...fields } })).plan;
const voted = (verdict: Verdict, fields: Partial<ReportInput> = {}) => renderReport(input({ verdict, ...fields })).vote;

describe("the check for the plan", () => {
  test("says what changes, by which class it is decided, and shows the difference", () => {
    const { plan } = renderReport(input());
    expect(plan).toEqual({
      state: "success",
      title: "Updates 1; decided as routine",
      annotations: [],
      summary: `### What changes

- updates \`ModelDeployment community/chat\`

Decided as \`routine\`.

Plan \`aaaaaaaaaaaa\` of head \`111111111111\`.

#### \`ModelDeployment community/chat\`

\`\`\`diff
--- before
+++ after
-  replicas: 1
+  replicas: 2
\`\`\``,
    });
  });

  test.each<[string, Partial<ProposalPlan>, { state: string; title: string; says: string }]>([
    [
      "fails with the place of the first problem",
      { problems: [problem] },
      {
        state: "failure",
        title: "1 problem, the first in models/a.yaml:3",
        says: "- `models/a.yaml` line 3, column 5 (`spec.x`): x is no field; remove it.",
      },
    ],
    [
      "fails with what the cluster said",
      { objects: [{ ...chat, refusal: "admission denied: [see](https://x.example)" }] },
      {
        state: "failure",
        title: "The cluster refuses ModelDeployment community/chat",
        says: "- `ModelDeployment community/chat`: admission denied: `[see](https://x.example)`",
      },
    ],
    [
      "says that the files were compared where the cluster could not be asked",
      { objects: [{ ...chat, basis: "files" }] },
      {
        state: "success",
        title: "Updates 1; decided as routine",
        says: "The cluster could not be asked for all of it",
      },
    ],
    [
      "says that nothing changes",
      { objects: [{ ...chat, change: "unchanged", diff: [] }] },
      {
        state: "success",
        title: "Changes no object; decided as routine",
        says: "1 other object that it names stays as it is.",
      },
    ],
    [
      "shows a model's size and licence",
      {
        models: [
          { kind: "ModelDeployment", name: "chat", reference: "hf.co/a/b", bytes: 2 ** 32, licence: "apache-2.0" },
        ],
      },
      {
        state: "success",
        title: "Changes no object; decided as routine",
        says: "- `ModelDeployment chat`: `hf.co/a/b`, 4.0 GiB, licence `apache-2.0`",
      },
    ],
    [
      "says what is not known of a model",
      { models: [{ kind: "ModelDeployment", name: "chat", reference: "b", unknown: "the registry did not answer" }] },
      {
        state: "success",
        title: "Changes no object; decided as routine",
        says: "- `ModelDeployment chat`: `b`, size unknown, licence not told: the registry did not answer",
      },
    ],
    [
      "says what it does to machines",
      { capacity: ["chat needs 5.2 GiB; no machine has that much free."] },
      {
        state: "success",
        title: "Changes no object; decided as routine",
        says: "### Machines\n\n- chat needs 5.2 GiB; no machine has that much free.",
      },
    ],
  ])("%s", (_, fields, { state, title, says }) => {
    const check = planned(fields);
    expect(check).toMatchObject({ state, title });
    expect(check.summary).toContain(says);
  });

  test("a problem is an annotation at its line, 50 at most, and the summary says how many more there are", () => {
    const check = planned({ problems: Array.from({ length: 60 }, () => problem) });
    expect(check.annotations).toHaveLength(50);
    expect(check.annotations[0]).toEqual({
      path: "models/a.yaml",
      line: 3,
      message: "spec.x: x is no field; remove it",
    });
    expect(check.summary).toContain("- and 10 more");
  });

  test("a conflict is named, and there is nothing to vote on", () => {
    const { proposal } = input();
    const { plan, vote } = renderReport({ proposal, conflicts: ["models/a.yaml"] });
    expect(plan).toMatchObject({ state: "failure", title: "Conflicts in 1 file" });
    expect(plan.summary).toContain("- `models/a.yaml`");
    expect(vote).toMatchObject({ state: "failure", title: "Nothing to vote on while there are conflicts" });
  });

  test("what is not planned or judged yet is pending", () => {
    const { plan, vote } = renderReport({ proposal: input().proposal });
    expect([plan.state, vote.state]).toEqual(["pending", "pending"]);
  });

  test("diffs larger than the limit are cut with a sentence, each by itself and all together", () => {
    const diff = Array.from({ length: 3_000 }, (_, line) => `+  line ${line} ${"x".repeat(60)}`);
    const one = planned({ objects: [{ ...chat, diff }] });
    expect(one.summary).toMatch(/\n```\n\n\d+ more lines are left out here\.$/);
    const many = planned({ objects: Array.from({ length: 30 }, () => ({ ...chat, diff })) });
    expect(many.summary.length).toBeLessThanOrEqual(summaryCharsMax);
    expect(many.summary).toMatch(/\d+ parts are left out here, since there is a limit to the length/);
  });
});

describe("the check for the vote", () => {
  const open = verdictAt(opened);

  test("says who voted what, what is missing, when it ends, and how to vote", () => {
    const check = voted(open, { members: [person(1), person(2)] });
    expect(check.state).toBe("pending");
    expect(check.title).toMatch(/^Open: 1 yes, 0 no, 0 abstain of 3 voters; quorum 1 of 2; voting ends 2026-01-\d\dT/);
    expect(check.summary).toContain("- yes: `alice` (proposed it)");
    expect(check.summary).toContain("- The quorum is not reached: 1 vote of 3 voters, 2 needed.");
    expect(check.summary).toMatch(/- voting ends: `2026-01-\d\dT00:00:00Z`/);
    expect(check.summary).toContain("- abstain: comment `/abstain 111111111111`, and never edit it");
  });

  test.each<[string, Partial<Verdict>, { state: string; title: RegExp }]>([
    ["passed may be merged", { state: "passed" }, { state: "success", title: /^Passed: .*may be merged until 2026-/ }],
    ["rejected failed", { state: "rejected" }, { state: "failure", title: /^Rejected: 1 yes/ }],
    ["expired failed", { state: "expired" }, { state: "failure", title: /^Expired: 1 yes/ }],
    [
      "vetoed says by whom",
      { state: "vetoed", reasons: [reason("Vetoed", { by: [{ member: "bob", as: "owner of box" }] })] },
      { state: "failure", title: /^Vetoed by bob: 1 yes/ },
    ],
    [
      "waiting for an owner says for whom",
      {
        state: "needsConsent",
        reasons: [reason("ConsentMissing", { owners: [{ owner: "bob", machine: "box", path: "hosts/box.yaml" }] })],
      },
      { state: "pending", title: /^Needs consent of bob: 1 yes.*voting ends/ },
    ],
    [
      "an emergency says that it is one, and counts signers",
      { isEmergency: true, quorum: { needed: 2, votes: 1, of: "signers" } },
      { state: "pending", title: /^Emergency open: .*1 of 2 signers/ },
    ],
  ])("%s", (_, fields, { state, title }) => {
    const check = voted({ ...open, ...fields });
    expect(check.state).toBe(state);
    expect(check.title).toMatch(title);
  });

  test("a voter who is not among the members given is named by the account", () => {
    const ballot = {
      id: "review:5",
      by: bob,
      choice: "no",
      head,
      isEmergency: false,
      replaces: [],
      isEdited: false,
      isReasoned: true,
    } as const;
    const votes = [
      { member: 2, choice: "no", ballot: "review:5" },
      { member: 3, choice: "abstain", ballot: "lost" },
    ] as const;
    const proposal = { ...input().proposal, ballots: [ballot] };
    const { summary } = voted({ ...open, votes }, { proposal });
    expect(summary).toContain("- no: `@bob (GitHub account 102)`\n- abstain: `member 3`");
  });

  test.each<[string, Partial<ReportInput>, Partial<Verdict>, string, string]>([
    [
      "where only signed ballots count, nobody is told to approve",
      { ballots: "signed" },
      {},
      "signed with your SSH key",
      "approve",
    ],
    ["in an emergency too", {}, { isEmergency: true }, "signed with your SSH key", "approve"],
    ["where any ballot counts, no key is asked for", { ballots: "any" }, {}, "approve this pull request", "SSH key"],
    [
      "in plain git there is no pull request",
      { proposal: { ...input().proposal, id: `git:${head}/${head}`, label: "3f2a9c41" } },
      {},
      "commonhold vote 3f2a9c41",
      "approve",
    ],
  ])("%s", (_, fields, verdict, says, saysNot) => {
    const { summary } = voted({ ...open, ...verdict }, fields);
    expect(summary).toContain(says);
    expect(summary).not.toContain(saysNot);
  });

  test("does not change while nothing but time goes by", () => {
    expect(renderReport(input({ verdict: verdictAt(opened) }))).toEqual(
      renderReport(input({ verdict: verdictAt(opened + day / 2) })),
    );
  });

  test("does not change while a wrong clock goes on", () => {
    const wrong = (now: number) =>
      input({ verdict: { ...open, reasons: [reason("ClockBehind", { now, openedAt: opened })] } });
    expect(renderReport(wrong(1_000))).toEqual(renderReport(wrong(2_000)));
  });

  test("notes on ballots that do not count are cut: anybody can cast them", () => {
    const notes = Array.from({ length: 150 }, (_, at) => reason("BallotOfBot", { ballot: `${at}`, by: `bot-${at}` }));
    expect(voted({ ...open, reasons: notes }).summary).toContain("- and 120 more");
  });

  test("what the service has to say stands above everything else", () => {
    expect(voted(open, { notices: ["The branch is held."] }).summary).toMatch(/^> The branch is held\.\n\n/);
  });
});

describe("whatever outsiders write", () => {
  const texts = fc.array(hostile, { minLength: 14, maxLength: 14 });
  const said = (all: readonly string[]): ReportInput => {
    const [
      a = "",
      b = "",
      c = "",
      d = "",
      e = "",
      f = "",
      g = "",
      h = "",
      i = "",
      j = "",
      k = "",
      l = "",
      m = "",
      n = "",
    ] = all;
    const objects: ObjectPlan[] = [{ kind: a, namespace: b, name: c, change: "create", basis: "files", diff: [d, e] }];
    const verdict: Verdict = {
      ...verdictAt(opened),
      decidedBy: f,
      classes: [f, g],
      reasons: [
        reason("DecidedAs", { class: f, classes: [f], paths: [h] }),
        reason("ConsentMissing", { owners: [{ owner: i, machine: j, path: h }] }),
        reason("BallotOfBot", { ballot: h, by: i }),
      ],
    };
    return input({
      verdict,
      notices: [n],
      members: [{ number: 1, name: i }],
      plan: {
        problems: [],
        objects: [...objects, { kind: a, name: c, change: "remove", basis: "dry-run", diff: [], refusal: k }],
        capacity: [k],
        models: [{ kind: a, name: c, reference: l, licence: m, unknown: n }],
      },
    });
  };
  const wrong = (all: readonly string[]): ReportInput => {
    const [file = "", path = "", reasonText = "", fix = ""] = all;
    const problems = [{ file, line: 1, column: 1, path, reason: reasonText, fix }];
    return input({ plan: { ...emptyPlan, problems } });
  };

  /** All that may be outside of code: words, and the marks that the templates themselves make. */
  const allowedLine = /^(?:#{3,4} |- |> ?|\*\*[A-Z ]+\*\* )?[\p{L}\p{M}\p{N} "'’().,;:?!…%-]*$/u;

  test.each([
    ["a plan that can be taken", said],
    ["a plan with problems", wrong],
  ])("in %s, nothing but words and our own marks is outside of code", (_, make) => {
    fc.assert(
      fc.property(texts, (all) => {
        const { plan, vote } = renderReport(make(all));
        for (const { summary } of [plan, vote]) {
          for (const line of outsideCode(summary).split("\n")) expect(line).toMatch(allowedLine);
        }
      }),
      runs(60),
    );
  });

  test("no control, no hidden character, no line too long, no summary too long", () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 3_000 }), (all, times) => {
        const longer = all.map((text) => text.repeat(Math.ceil(times / 100)));
        for (const make of [said, wrong]) {
          const { plan, vote } = renderReport(make(longer));
          for (const { title, summary, annotations } of [plan, vote]) {
            expect(title.length).toBeLessThanOrEqual(140);
            expect(summary.length).toBeLessThanOrEqual(summaryCharsMax);
            const shown = [title, ...summary.split("\n"), ...annotations.map(({ message }) => message)].join("");
            expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          }
        }
      }),
      runs(20),
    );
  });
});

test("the same as data is plain JSON, with sentences and without words that count down", () => {
  const { data } = renderReport(input({ verdict: verdictAt(opened), members: [person(1)], ballots: "any" }));
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  expect(data).toMatchObject({
    proposal: "github:1/7",
    head,
    planDigest,
    ballots: "any",
    plan: { objects: [{ name: "ModelDeployment community/chat", change: "update" }] },
    verdict: { state: "open", votes: [{ member: 1, choice: "yes", name: "alice" }] },
  });
  expect(JSON.stringify(data)).not.toContain("leftMs");
});

test("a path that changes is not shown as anything but code", () => {
  const verdict = judge({ changes: [change("models/[x](http://evil.example).yaml")] }, opened);
  expect(renderReport(input({ verdict })).vote.summary).toContain("`models/[x](http://evil.example).yaml`.");
});
