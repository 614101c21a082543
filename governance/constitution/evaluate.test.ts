import { describe, expect, test } from "vitest";
import {
  abstain,
  ballot,
  change,
  codesOf,
  day,
  hour,
  judge,
  no,
  opened,
  people,
  person,
  sentencesOf,
  type World,
  yes,
} from "./cases/world.fixture.ts";

describe("the life of a routine proposal among three friends", () => {
  test.each<[string, World, number, string, string]>([
    ["just opened, it waits for time and votes", {}, 0, "open", "It may pass from 2026-01-11T00:00:00Z on, in 1 day."],
    ["the proposer's yes is counted", {}, 0, "open", "alice proposed it, which counts as yes."],
    ["but is no quorum of two", {}, 2 * day, "open", "The quorum is not reached: 1 vote of 3 voters, 2 needed."],
    ["with a second yes it still waits for the period", { ballots: [yes(2)] }, 2 * hour, "open", "in 22 hours"],
    [
      "and passes with it",
      { ballots: [yes(2)] },
      day,
      "passed",
      "The quorum is reached: 2 votes of 3 voters, 2 needed.",
    ],
    ["one ms before it does not", { ballots: [yes(2)] }, day - 1, "open", "in 1 second"],
    [
      "a tie is no majority",
      { ballots: [no(2)] },
      2 * day,
      "open",
      "1 yes and 1 no do not reach the share of 1/2 (more yes than no).",
    ],
    ["and at the end it is rejected", { ballots: [no(2)] }, 7 * day, "rejected", "1 yes and 1 no"],
    ["two against one", { ballots: [no(2), no(3)] }, 7 * day, "rejected", "1 yes and 2 no"],
    ["nobody cared: it expires", {}, 7 * day, "expired", "The quorum is not reached"],
    [
      "an abstention makes a quorum, and no majority of its own",
      { ballots: [abstain(2)] },
      day,
      "passed",
      "1 yes and 0 no reach the share of 1/2.",
    ],
    [
      "a proposer who abstains takes their yes back",
      { ballots: [abstain(1), yes(2)] },
      day,
      "passed",
      "1 yes and 0 no reach",
    ],
    ["a proposer who changes their mind", { ballots: [no(1), yes(2)] }, 7 * day, "rejected", "1 yes and 1 no do not"],
    [
      "the last ballot of a member counts",
      { ballots: [no(2), yes(2)] },
      day,
      "passed",
      "is superseded by their later one",
    ],
    [
      "whatever the times say",
      {
        ballots: [
          ballot(person(2), "no", { sequence: 9001, at: opened + 2 }),
          ballot(person(2), "yes", { sequence: 9002, at: opened + 1 }),
        ],
      },
      day,
      "passed",
      "superseded",
    ],
    [
      "what nobody merges within a month after the end",
      { ballots: [yes(2)] },
      37 * day + 1,
      "expired",
      "nobody merged it until 2026-02-16T00:00:00Z",
    ],
    ["may be merged until the last moment", { ballots: [yes(2)] }, 37 * day, "passed", "reach the share"],
  ])("%s", (_, world, after, state, words) => {
    const verdict = judge(world, opened + after);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("says who voted what, when it passes, ends and takes effect", () => {
    const second = yes(2);
    expect(judge({ ballots: [second] }, opened + 2 * hour)).toMatchObject({
      decidedBy: "routine",
      classes: ["routine"],
      isEmergency: false,
      tally: { electors: 3, yes: 2, no: 0, abstain: 0, cast: 2, capped: [] },
      quorum: { needed: 2, votes: 2, of: "cast" },
      votes: [
        { member: 1, choice: "yes" },
        { member: 2, choice: "yes", ballot: second.id },
      ],
      passesAt: opened + day,
      closesAt: opened + 7 * day,
      mergeBy: opened + 37 * day,
      appliesAt: opened + day + hour,
    });
  });

  test("passes at the vote that makes it pass, where the period is over", () => {
    expect(judge({ ballots: [yes(2, opened + 3 * day)] }, opened + 4 * day).passesAt).toBe(opened + 3 * day);
    expect(judge({}, opened + 4 * day).passesAt).toBeUndefined();
  });

  test("a verdict is plain data", () => {
    const verdict = judge({ ballots: [yes(2), no(3)] }, opened + day);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });
});

describe("the class", () => {
  test.each([
    ["of a model is routine", ["models/a.yaml"], "routine", ["routine"]],
    ["of a route is policy", ["routes/a.yaml"], "policy", ["policy"]],
    ["of both is the stricter", ["models/a.yaml", "routes/a.yaml"], "policy", ["routine", "policy"]],
    ["whatever the order", ["routes/a.yaml", "models/a.yaml"], "policy", ["routine", "policy"]],
    ["of the members is constitutional", ["members.yaml"], "constitutional", ["constitutional"]],
    ["of what nobody thought of is the default", ["scripts/run.sh"], "policy", ["policy"]],
    ["of a folder below is not that of the folder", ["models/eu/a.yaml"], "policy", ["policy"]],
    ["of a capital letter is not left by it", ["Models/A.YAML"], "routine", ["routine"]],
  ])("%s", (_, paths, decidedBy, classes) => {
    expect(judge({ changes: paths.map((path) => change(path)) }, opened)).toMatchObject({ decidedBy, classes });
  });

  test("of a rename is that of both names", () => {
    const renamed = change("models/a.yaml", { kind: "renamed", from: "routes/a.yaml" });
    expect(judge({ changes: [renamed] }, opened)).toMatchObject({
      decidedBy: "policy",
      classes: ["routine", "policy"],
    });
  });

  test("is said with the paths that made it so", () => {
    expect(sentencesOf(judge({ changes: [change("models/a.yaml"), change("routes/b.yaml")] }, opened))).toContain(
      "Decided as policy, the strictest class of what it changes: routes/b.yaml (classes: routine, policy).",
    );
  });
});

describe("a constitution that changed while a proposal was open", () => {
  test("does not revive what failed under the old one (GHSA-xrc4-737v-9q75)", async () => {
    const { constitution, exampleText } = await import("./cases/world.fixture.ts");
    const strict = constitution(
      exampleText("three-friends")
        .replace("{atLeast: 2}", "{atLeast: 3}")
        .replace("{atLeast: 2}", "{atLeast: 3}")
        .replace("ceil(2 * n / 3)", "n + 0"),
    );
    const lenient = constitution(exampleText("three-friends"));
    const failed: World = { ballots: [yes(2)], constitution: strict, opening: { constitution: strict } };
    expect(judge(failed, opened + 2 * day).state).toBe("open");
    const lowered = judge({ ...failed, constitution: lenient }, opened + 2 * day);
    expect(lowered.state).toBe("open");
    expect(codesOf(lowered)).toEqual(expect.arrayContaining(["RulesChanged", "QuorumMissing"]));
    const raised = judge(
      { ballots: [yes(2)], constitution: strict, opening: { constitution: lenient } },
      opened + 2 * day,
    );
    expect(raised).toMatchObject({ state: "open", constitution: strict.digest });
    expect(
      judge({ ballots: [yes(2), yes(3)], constitution: strict, opening: { constitution: lenient } }, opened + 2 * day)
        .state,
    ).toBe("passed");
  });
});

test("two ballots of one sequence are told apart, whatever their order in the list", () => {
  const [a, b] = [
    ballot(person(2), "no", { id: "a", sequence: 7 }),
    ballot(person(2), "yes", { id: "b", sequence: 7 }),
  ];
  expect(judge({ ballots: [a, b] }, opened + day)).toEqual(judge({ ballots: [b, a] }, opened + day));
  expect(judge({ ballots: [b, a] }, opened + day).state).toBe("passed");
});

test("what an outsider's ten thousand ballots say is counted, not written out", () => {
  const flood = Array.from({ length: 10_000 }, (_, index) =>
    ballot(person(99), "yes", {
      id: `x${index}`,
      by: { kind: "github", id: 9_000 + index, login: `x${index}`, isBot: false },
    }),
  );
  const verdict = judge({ members: people(3), ballots: [...flood, yes(2)] }, opened + day);
  expect(verdict.state).toBe("passed");
  expect(verdict.reasons.length).toBeLessThan(300);
  expect(sentencesOf(verdict)).toContain("200 of them are written out.");
});
