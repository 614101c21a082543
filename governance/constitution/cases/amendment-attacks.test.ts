/** Attacks on the constitution itself. None of them passes, and each is told why. */
import { describe, expect, test } from "vitest";
import { parseConstitution } from "../documents/constitution.ts";
import { parseMembers } from "../documents/members.ts";
import {
  change,
  constitution,
  day,
  exampleText,
  friends,
  judge,
  newConstitution,
  opened,
  people,
  sentencesOf,
  type World,
  yes,
} from "./world.fixture.ts";

/** Versions of a constitution, each chained to the one before. */
function versionAfter(before: ReturnType<typeof friends>, text: string) {
  const { version } = before.value;
  return constitution(text.replace("version: 1", `version: ${version + 1}\nprevious: ${before.digest}`));
}

describe("with the constitution", () => {
  const v1 = friends();
  const weaker = exampleText("three-friends").replace("period: {min: 7d, max: 28d}", "period: {min: 4d, max: 28d}");
  const v2 = versionAfter(v1, weaker);
  const v3 = versionAfter(v2, weaker.replace("timelock: 72h", "timelock: 25h"));
  const all = [yes(2), yes(3)];

  test.each<[string, World, string]>([
    [
      "smuggle it among other files",
      { ...newConstitution(v2), changes: [change("constitution.yaml"), change("models/a.yaml")] },
      "A change of the constitution travels alone, but this also changes models/a.yaml",
    ],
    [
      "smuggle other files in by renaming",
      { ...newConstitution(v2), changes: [change("constitution.yaml", { kind: "renamed", from: "docs/next.yaml" })] },
      "also changes docs/next.yaml",
    ],
    [
      "rename it away",
      { changes: [change("docs/old.yaml", { kind: "renamed", from: "constitution.yaml" })] },
      "It takes constitution.yaml away",
    ],
    ["delete it", { changes: [change("constitution.yaml", { kind: "removed" })] }, "It takes constitution.yaml away"],
    [
      "roll it back to an older version",
      { constitution: v2, ...newConstitution(v1) },
      "The proposed constitution has version 1; the one after version 2 is 3.",
    ],
    [
      "roll it back under a new number",
      {
        constitution: v2,
        ...newConstitution(
          constitution(exampleText("three-friends").replace("version: 1", `version: 3\nprevious: ${v1.digest}`)),
        ),
      },
      "says that it follows 7303c40b2df7, but",
    ],
    ["skip a version", { ...newConstitution(v3) }, "has version 3; the one after version 1 is 2"],
    [
      "propose a second change of the same version after the first was ratified",
      {
        constitution: v2,
        opening: { constitution: v1 },
        ...newConstitution(versionAfter(v1, exampleText("three-friends"))),
      },
      "has version 2; the one after version 2 is 3",
    ],
    [
      "ask more votes than there are members, so that nothing can be decided again",
      { ...newConstitution(versionAfter(v1, exampleText("three-friends").replace("ceil(2 * n / 3)", "n + 1"))) },
      "constitutional asks for a quorum of 4, but 3 members with an SSH key may vote",
    ],
    [
      "let nobody sign",
      {
        members: people(3).map((member) => ({ ...member, sshKeys: [] })),
        ...newConstitution(versionAfter(v1, exampleText("three-friends"))),
      },
      "asks for a quorum of 2, but 0 members with an SSH key may vote",
    ],
    [
      "lower the strictest class below the others",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("{min: 7d, max: 28d}", "{min: 1h, max: 28d}"),
            ),
          },
        },
      },
      "class constitutional is 1 hour, but routine before it has 1 day",
    ],
    [
      "move the constitution to a lenient class",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("[constitution.yaml, members.yaml]", "[members.yaml]"),
            ),
          },
        },
      },
      "constitution.yaml is not decided by the last and strictest class",
    ],
    [
      "hide a second value under a duplicate key",
      {
        changes: [change("constitution.yaml")],
        proposal: { candidate: { constitution: parseConstitution(`${exampleText("three-friends")}\nversion: 2\n`) } },
      },
      "version is written twice in one mapping",
    ],
    [
      "hide a value behind an anchor",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(
              exampleText("three-friends").replace("{atLeast: 2}", "&a {atLeast: 2}").replace("{atLeast: 2}", "*a"),
            ),
          },
        },
      },
      "an anchor (&)",
    ],
    [
      "change how a value is read with a tag",
      {
        changes: [change("constitution.yaml")],
        proposal: {
          candidate: {
            constitution: parseConstitution(exampleText("three-friends").replace("version: 1", "version: !!int 1")),
          },
        },
      },
      "a tag (!)",
    ],
    [
      "send a bomb",
      {
        changes: [change("constitution.yaml")],
        proposal: { candidate: { constitution: parseConstitution("[".repeat(60_000)) } },
      },
      "lie more than 8 deep",
    ],
    [
      "send a bomb of members",
      {
        changes: [change("members.yaml")],
        proposal: { candidate: { members: parseMembers(`format: 1\nmembers: ${"[".repeat(60_000)}`) } },
      },
      "lie more than 6 deep",
    ],
  ])("%s", (_, world, words) => {
    const verdict = judge({ ballots: all, ...world }, opened + 20 * day);
    expect([verdict.state, sentencesOf(verdict)]).toEqual(["rejected", expect.stringContaining(words)]);
  });

  test("the next version, alone, chained and satisfiable, passes: the table above refuses what it says", () => {
    expect(judge({ ...newConstitution(v2), ballots: all }, opened + 8 * day).state).toBe("passed");
    expect(judge({ constitution: v2, ...newConstitution(v3), ballots: all }, opened + 8 * day).state).toBe("passed");
  });

  test("weaken it by steps: each step is decided by the rules before it, and what was open has to meet the stricter ones too", () => {
    const step = judge({ ...newConstitution(v2), ballots: all }, opened + 5 * day);
    expect(step.state).toBe("open");
    const openSince: World = { ...newConstitution(v3), constitution: v2, opening: { constitution: v1 }, ballots: all };
    expect(judge(openSince, opened + 5 * day)).toMatchObject({ state: "open", constitution: v1.digest });
    expect(judge({ ...openSince, opening: {} }, opened + 5 * day).state).toBe("passed");
  });

  test("weaken it directly on the branch: what the proposal is judged by is what was ratified, not what is there", () => {
    const pushed = constitution(exampleText("three-friends").replaceAll("atLeast: 2", "atLeast: 1"));
    const verdict = judge(
      { constitution: v1, proposal: { candidate: { constitution: { ok: true, value: pushed } } } },
      opened + 2 * day,
    );
    expect(verdict).toMatchObject({ state: "open", constitution: v1.digest });
  });
});
