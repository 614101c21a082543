import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConstitution } from "./constitution.ts";
import { problemSentence } from "./problem.ts";

const examples = ["three-friends", "membership", "lab"] as const;

function example(name: (typeof examples)[number]): string {
  return readFileSync(join(import.meta.dirname, "../examples", name, "constitution.yaml"), "utf8");
}

const lab = example("lab");
const friends = example("three-friends");

/** The example with one piece of its text exchanged. */
function but(text: string, piece: string, other: string): string {
  expect(text).toContain(piece);
  return text.replace(piece, () => other);
}

function problemsOf(text: string): string {
  const parsed = parseConstitution(text);
  return parsed.ok ? "" : parsed.problems.map(problemSentence).join("\n");
}

function digestOf(text: string): string {
  const parsed = parseConstitution(text);
  return parsed.ok ? parsed.value.digest : expect.fail(problemsOf(text));
}

describe("the examples", () => {
  test.each(examples)("%s is taken", (name) => {
    expect(problemsOf(example(name))).toBe("");
  });

  test("mean what they say", () => {
    const parsed = parseConstitution(lab);
    if (!parsed.ok) return expect.fail(problemsOf(lab));
    const { value } = parsed.value;
    expect(value.classes.map(({ name, rank }) => [name, rank])).toEqual([
      ["routine", 0],
      ["owner-bound", 1],
      ["policy", 2],
      ["membership", 3],
      ["constitutional", 4],
    ]);
    expect(value.classes.at(-1)).toMatchObject({
      minMs: 14 * 86_400_000,
      share: { num: 3, den: 4 },
      ballots: "signed",
    });
    expect(value.classes[0]).toMatchObject({ ballots: "any", lateQuorumMs: 0, mergeWithinMs: 30 * 86_400_000 });
    expect(value.voters).toEqual(["member", "maintainer"]);
  });
});

describe("the digest", () => {
  test("does not see comments, order of fields, quotes or layout", () => {
    const other = but(
      but(friends, "format: 1\nversion: 1", "version: 1\n# a comment\nformat: 1"),
      "{atLeast: 2}",
      "\n      atLeast: 2",
    );
    expect(digestOf(other)).toBe(digestOf(friends));
  });

  test("sees a default that is written out, because it is of what was written", () => {
    expect(digestOf(but(friends, "{atLeast: 2}", "{atLeast: 2, of: cast}"))).not.toBe(digestOf(friends));
  });

  test("stays the same for ever, whatever later versions of this program default to", () => {
    expect(digestOf(friends)).toBe("sha256:7303c40b2df745d3c6b7da28809b0c0884990e3c5f5512170ac866a9e6ae7351");
  });
});

describe("refuses, with line, column, reason and fix", () => {
  test.each([
    [
      "an unknown field",
      but(friends, "timelock: 1h", "timelok: 1h"),
      "constitution.yaml:13:5: classes[0]: there is no field timelok here; write timelock, or delete it",
    ],
    ["an unknown field at the top", `${friends}nonsense: 1\n`, "there is no field nonsense here; delete it"],
    [
      "a missing field",
      but(friends, "    timelock: 1h\n", ""),
      "constitution.yaml:8:5: classes[0].timelock: timelock is missing; add it",
    ],
    ["another format", but(friends, "format: 1", "format: 2"), "constitution.yaml:3:9: format: format is 2; write 1"],
    ["a version that is text", but(friends, "version: 1", "version: '1'"), 'version is "1", not a number'],
    ["version 0", but(friends, "version: 1", "version: 0"), "version is too small: 0; give 1 at least"],
    ["a version with a fraction", but(friends, "version: 1", "version: 1.5"), "version is 1.5, not a whole number"],
    [
      "a predecessor of the first version",
      but(friends, "version: 1", `version: 1\nprevious: sha256:${"0".repeat(64)}`),
      "version 1 has no predecessor",
    ],
    [
      "a later version without predecessor",
      but(friends, "version: 1", "version: 2"),
      "version 2 does not name its predecessor",
    ],
    [
      "a predecessor that is no digest",
      but(friends, "version: 1", "version: 2\nprevious: sha256:abc"),
      "is not sha256: and 64 hex digits",
    ],
    [
      "no classes",
      but(friends, friends.slice(friends.indexOf("classes:"), friends.indexOf("defaultClass")), "classes: []\n"),
      "classes is too small: 0 entries",
    ],
    ["two classes of one name", but(friends, "name: policy", "name: routine"), "there are two classes routine"],
    [
      "a default class that is none",
      but(friends, "defaultClass: policy", "defaultClass: other"),
      "there is no class other; write one of routine, policy, constitutional",
    ],
    [
      "a default class of a prototype",
      but(friends, "defaultClass: policy", "defaultClass: constructor"),
      "there is no class constructor",
    ],
    [
      "a constitution that a lenient class changes",
      but(
        but(friends, "[models/*.yaml, hosts/*.yaml]", "[constitution.yaml]"),
        "[constitution.yaml, members.yaml]",
        "[members.yaml]",
      ),
      "constitution.yaml is not decided by the last and strictest class",
    ],
    [
      "members that the default class decides",
      but(friends, "[constitution.yaml, members.yaml]", "[constitution.yaml]"),
      "members.yaml is decided by none but the most lenient class",
    ],
    [
      "members that only the most lenient class decides",
      but(
        but(friends, "[models/*.yaml, hosts/*.yaml]", "[members.yaml]"),
        "[constitution.yaml, members.yaml]",
        "[constitution.yaml]",
      ),
      "members.yaml is decided by none but the most lenient class",
    ],
    ["a pattern with a trick", but(friends, "models/*.yaml", "models/../*.yaml"), "has . or .. in it"],
    [
      "a share that is a float",
      but(friends, "yesShareOfCast: 1/2", "yesShareOfCast: 0.5"),
      "yesShareOfCast is 0.5, not text",
    ],
    [
      "a share of a minority",
      but(friends, "yesShareOfCast: 1/2", "yesShareOfCast: 1/3"),
      "1/3 is less than 1/2: a minority would decide",
    ],
    [
      "a quorum of nobody",
      but(friends, "quorum: {atLeast: 2}", "quorum: {atLeast: 0}"),
      "atLeast is too small: 0; give 1 at least",
    ],
    [
      "a quorum twice",
      but(friends, "quorum: {atLeast: 2}", "quorum: {atLeast: 2, formula: 'n'}"),
      "quorum needs one of atLeast and formula",
    ],
    [
      "a quorum of nothing",
      but(friends, "quorum: {atLeast: 2}", "quorum: {of: yes}"),
      "yes means different things to different parsers",
    ],
    [
      "a quorum without a number",
      but(friends, "quorum: {atLeast: 2}", "quorum: {}"),
      "quorum needs one of atLeast and formula",
    ],
    ["a formula with code in it", but(friends, "ceil(2 * n / 3)", "process.exit(1)"), "cannot be used: the sign"],
    [
      "a period that ends before it begins",
      but(friends, "{min: 24h, max: 7d}", "{min: 8d, max: 7d}"),
      "min is 8 days, longer than max, 7 days",
    ],
    ["a period without length", but(friends, "{min: 24h, max: 7d}", "{min: 0s, max: 0s}"), "the period has no length"],
    ["a span without unit", but(friends, "timelock: 1h", "timelock: 3600"), "timelock is 3600, not text"],
    [
      "an extension longer than the period",
      but(friends, "lateQuorum: 24h", "lateQuorum: 15d"),
      "are longer than the whole period",
    ],
    [
      "a stricter class with less time",
      but(friends, "{min: 7d, max: 28d}", "{min: 1d, max: 28d}"),
      "class constitutional is 1 day, but policy before it has 3 days",
    ],
    [
      "a stricter class with a smaller share",
      but(friends, "pass: {yesShareOfCast: 2/3}\n    timelock: 72h", "pass: {yesShareOfCast: 1/2}\n    timelock: 72h"),
      "class constitutional asks for 1/2, but policy before it for 2/3",
    ],
    [
      "a stricter class with a shorter timelock",
      but(friends, "timelock: 72h", "timelock: 1h"),
      "class constitutional is 1 hour, but policy before it has 1 day",
    ],
    [
      "a stricter class with a smaller quorum at some size",
      but(friends, "formula: ceil(2 * n / 3)", "formula: 'max(2, n / 400)'").replace(
        "{atLeast: 2}",
        "{formula: 'min(n, 3)'}",
      ),
      "class policy asks for 2 votes of 3, but routine before it for 3",
    ],
    [
      "a stricter class without signatures",
      but(friends, "lateQuorum: 24h", "lateQuorum: 24h\n    ballots: signed").replace(
        /(timelock: 72h\n.*)signed/,
        "$1any",
      ),
      "class constitutional counts ballots without a signature, but policy before it does not",
    ],
    [
      "a stricter class whose quorum counts abstentions",
      but(friends, "quorum: {atLeast: 2}", 'quorum: {atLeast: 2, of: "yes"}'),
      "class policy counts all votes for its quorum, but routine before it only yes",
    ],
    [
      "an owner who cannot be known",
      but(lab, '"hosts/{machine}.yaml"', "hosts/*.yaml"),
      "hosts/*.yaml does not say whose machine it is",
    ],
    [
      "a machine whose owner is not asked",
      but(friends, "hosts/*.yaml", '"hosts/{machine}.yaml"'),
      "names a machine, but the class does not ask its owner",
    ],
    ["an emergency by one", but(lab, "signers: 2", "signers: 1"), "signers is too small: 1; give 2 at least"],
    ["an emergency that may grant", but(lab, "may: [suspend,", "may: [grant,"), 'may[0] is "grant"; write one of'],
    [
      "an emergency without end",
      but(lab, "expires: 72h", "expires: 96h"),
      "an emergency lasts up to 3 days, here 4 days",
    ],
    [
      "an emergency that lists a power twice",
      but(lab, "may: [suspend,", "may: [suspend, suspend,").replace(" pinPrevious]", "]"),
      "suspend is listed twice",
    ],
    [
      "a removal of everybody and more",
      but(lab, "maxRemovalFraction: 1/3", "maxRemovalFraction: 4/3"),
      "is more than 1/1",
    ],
    ["a name with an escape sequence", but(friends, "Three Friends", '"Three \\x1b[31mFriends"'), "visible characters"],
    [
      "voters who are services",
      but(friends, "classes:", "voters: [service]\nclasses:"),
      'voters[0]: voters[0] is "service"; write one of member, maintainer',
    ],
    ["duplicate keys", but(friends, "version: 1", "version: 1\nversion: 2"), "version is written twice"],
    ["anchors", but(friends, "{atLeast: 2}", "&q {atLeast: 2}"), "an anchor (&)"],
    ["a list instead of a mapping", "- format: 1", "the document is a list, not a mapping"],
    ["text instead of a mapping", "hello", 'the document is "hello", not a mapping'],
  ])("%s", (_, text, words) => {
    expect(problemsOf(text)).toContain(words);
  });

  test("many things at once, all of them named", () => {
    const text = but(but(friends, "format: 1", "format: 2"), "timelock: 1h", "timelock: soon");
    expect(problemsOf(text).split("\n")).toHaveLength(2);
  });
});
