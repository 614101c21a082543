import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { formatBallot, parseBallot, type SignedBallot } from "./ballot.ts";
import { formatClosing, parseClosing } from "./closing.ts";
import { formatOpening, type Opening, parseOpening } from "./opening.ts";

const [genesis, base, head, oid256] = ["a".repeat(40), "b".repeat(40), "c".repeat(40), "d".repeat(64)];

const opening: Opening = { base, emergency: false, head, repository: `git:${genesis}`, title: "Add a model" };
const ballot: SignedBallot = {
  proposal: `git:${genesis}/${head}`,
  choice: "yes",
  head,
  plan: `sha256:${"1".repeat(64)}`,
  emergency: false,
  replaces: [],
};

describe("an opening", () => {
  test("is one line of canonical JSON, to the byte", () => {
    expect(formatOpening({ ...opening, description: "Two\nlines" })).toBe(
      `{"base":"${base}","description":"Two\\nlines","emergency":false,"format":1,"head":"${head}","kind":"opening",` +
        `"repository":"git:${genesis}","title":"Add a model"}`,
    );
  });

  test.each<[string, Opening]>([
    ["without a description", opening],
    ["with lines of description, tabs and every script", { ...opening, description: "a\n\tb\nmodèle 模型 🦙" }],
    ["of an emergency", { ...opening, emergency: true }],
    ["of a repository of SHA-256", { ...opening, base: oid256, head: oid256, repository: `git:${oid256}` }],
    ["with the longest title", { ...opening, title: "x".repeat(200) }],
  ])("%s is read as it was written", (_, written) => {
    expect(parseOpening(formatOpening(written))).toEqual(written);
    expect(parseOpening(`${formatOpening(written)}\n`)).toEqual(written);
  });

  test.each<[string, object]>([
    ["a field more", { extra: 1 }],
    ["a field named __proto__", JSON.parse('{"__proto__":{"title":"x"}}')],
    ["no title", { title: undefined }],
    ["an empty title", { title: "" }],
    ["a title too long", { title: "x".repeat(201) }],
    ["a title that colours the terminal", { title: "\u001b[31mred" }],
    ["a title with C1 controls", { title: "\u009b31m" }],
    ["a title of two lines", { title: "a\nb" }],
    ["a title with a line separator", { title: "a\u2028b" }],
    ["a title with space around it", { title: " a" }],
    ["a title that is no text", { title: 7 }],
    ["a description that rings the bell", { description: "\u0007" }],
    ["a description too long", { description: "x".repeat(16_385) }],
    ["an empty description", { description: "" }],
    ["a head in capital letters", { head: head.toUpperCase() }],
    ["a head too short", { head: head.slice(1) }],
    ["a base that is a branch", { base: "main" }],
    ["a repository of another forge", { repository: "github:7" }],
    ["a repository with more behind it", { repository: `git:${genesis}/x` }],
    ["another format", { format: 2 }],
    ["another kind", { kind: "ballot" }],
    ["an emergency in words", { emergency: "no" }],
  ])("with %s says nothing", (_, change) => {
    expect(parseOpening(loose({ format: 1, kind: "opening", ...opening, ...change }))).toBeUndefined();
  });

  test.each<[string, string]>([
    ["with spaces", formatOpening(opening).replace(":", ": ")],
    ["with a name twice", formatOpening(opening).replace("{", `{"base":"${head}",`)],
    ["with names in another order", `{"title":"x",${formatOpening(opening).slice(1, -1)}}`.replace(',"title":"x"', "")],
    ["with two line ends", `${formatOpening(opening)}\n\n`],
    ["with text before it", ` ${formatOpening(opening)}`],
    ["with an escape that need not be one", formatOpening(opening).replace("Add", "\\u0041dd")],
    ["that is a list", `[${formatOpening(opening)}]`],
    ["that is nothing", ""],
    ["that is no JSON", "Add a model"],
    ["that is nested without end", "[".repeat(60_000)],
    ["larger than a message may be", `"${"x".repeat(70_000)}"`],
  ])("%s says nothing", (_, message) => {
    expect(parseOpening(message)).toBeUndefined();
  });

  test("that cannot be read is not written either, and the field is named", () => {
    expect(() => formatOpening({ ...opening, title: "a\nb" })).toThrow(/message of a tag: title/);
    expect(() => formatOpening({ ...opening, title: "\ud800" })).toThrow(/surrogate/);
  });
});

describe("a ballot", () => {
  test("is one line of canonical JSON, to the byte", () => {
    expect(formatBallot({ ...ballot, reason: "it is small", replaces: ["x"] })).toBe(
      `{"choice":"yes","emergency":false,"format":1,"head":"${head}","kind":"ballot","plan":"sha256:${"1".repeat(64)}",` +
        `"proposal":"git:${genesis}/${head}","reason":"it is small","replaces":["x"]}`,
    );
  });

  test.each<[string, object]>([
    ["another choice", { choice: "maybe" }],
    ["a choice in capital letters", { choice: "YES" }],
    ["no plan", { plan: undefined }],
    ["a plan of another hash", { plan: `sha512:${"1".repeat(64)}` }],
    ["a plan too short", { plan: "sha256:1" }],
    ["a proposal of nothing", { proposal: "" }],
    ["a proposal number with a leading zero", { proposal: "github:7/07" }],
    ["a proposal by login", { proposal: "github:alice/7" }],
    ["an id of two ballots in one", { replaces: ["a b"] }],
    ["one ballot replaced twice", { replaces: ["a", "a"] }],
    ["a replaced ballot that is no text", { replaces: [1] }],
    ["more replaced ballots than anybody casts", { replaces: Array.from({ length: 257 }, (_, at) => `${at}`) }],
    ["no list of replaced ballots", { replaces: undefined }],
    ["a reason that moves the cursor", { reason: "\u001b[2J" }],
    ["a reason too long", { reason: "x".repeat(4_097) }],
    ["an opening's kind", { kind: "opening" }],
    ["a weight of its own", { weight: 2 }],
  ])("with %s says nothing", (_, change) => {
    expect(parseBallot(loose({ format: 1, kind: "ballot", ...ballot, ...change }))).toBeUndefined();
  });

  test("on GitHub has the same form", () => {
    const there = { ...ballot, proposal: "github:123456/7" };
    expect(parseBallot(formatBallot(there))).toEqual(there);
  });

  test("is read as it was written, whatever it says, and any other byte says something else or nothing", () => {
    const words = fc
      .string({ minLength: 1, maxLength: 40, unit: "grapheme" })
      .filter((text) => !/(?![\n\t])\p{Cc}/u.test(text));
    const ballots = fc.record({
      choice: fc.constantFrom("yes", "no", "abstain"),
      emergency: fc.boolean(),
      reason: words,
      replaces: fc.uniqueArray(fc.stringMatching(/^[!-~]{1,20}$/), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(ballots, fc.nat(), fc.nat(255), (said, at, byte) => {
        const written = { ...ballot, ...said } as SignedBallot;
        const bytes = Buffer.from(formatBallot(written));
        expect(parseBallot(bytes.toString())).toEqual(written);
        const other = Buffer.from(bytes);
        other[at % bytes.length] = byte;
        const read = parseBallot(other.toString());
        if (!other.equals(bytes)) expect(read).not.toEqual(written);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a closing", () => {
  test("names one proposal and nothing else", () => {
    const message = formatClosing({ proposal: ballot.proposal });
    expect(message).toBe(`{"format":1,"kind":"closing","proposal":"git:${genesis}/${head}"}`);
    expect(parseClosing(message)).toEqual({ proposal: ballot.proposal });
  });

  test.each([
    ["a reason", { reason: "x" }],
    ["a list of proposals", { proposal: [ballot.proposal] }],
    ["no kind", { kind: undefined }],
  ])("with %s says nothing", (_, change) => {
    expect(parseClosing(loose({ format: 1, kind: "closing", proposal: ballot.proposal, ...change }))).toBeUndefined();
  });
});

/** As somebody writes it who does not use our code. */
function loose(value: object): string {
  return canonicalJson(JSON.parse(JSON.stringify(value)) as JsonValue);
}
