import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readPlainYaml } from "./plain-yaml.ts";
import { problemSentence } from "./problem.ts";
import { constitutionLimits, membersLimits, objectLimits } from "./yaml-limits.ts";

const read = (text: string, limits = objectLimits) => readPlainYaml(text, "a.yaml", limits);

function problemsOf(text: string, limits = objectLimits): string[] {
  const parsed = read(text, limits);
  return parsed.ok ? [] : parsed.problems.map(problemSentence);
}

function dataOf(text: string): unknown {
  const parsed = read(text);
  if (!parsed.ok) return expect.fail(parsed.problems.map(problemSentence).join("\n"));
  return parsed.value.data;
}

describe("takes what every parser reads alike", () => {
  test.each([
    [
      "mappings, lists, text, numbers and truth",
      "a: [1, 0.5, -2]\nb: {c: true}\nd: text",
      { a: [1, 0.5, -2], b: { c: true }, d: "text" },
    ],
    ["one document that begins with ---", "---\na: 1\n", { a: 1 }],
    ["comments, in any language", "# من می‌خواهم 🦙\na: 1 # here too\n", { a: 1 }],
    ["block text", "a: |\n  one\n  two\n", { a: "one\ntwo\n" }],
    ["older words in quotes", "a: 'no'\nb: \"0123\"", { a: "no", b: "0123" }],
    ["a date as text", "a: 2026-01-02", { a: "2026-01-02" }],
    ["Windows line ends", "a: 1\r\nb: 2\r\n", { a: 1, b: 2 }],
    ["names of things that every object has", "constructor: 1\ntoString: 2", { constructor: 1, toString: 2 }],
  ])("%s", (_, text, data) => {
    expect(dataOf(text)).toEqual(data);
  });

  test("knows the place of every value and of every name", () => {
    const parsed = read("a:\n  - b: 1\n    c: 2\n");
    if (!parsed.ok) return expect.fail("refused");
    expect(parsed.value.places.ofValue(["a", 0, "c"])).toEqual({ line: 3, column: 8 });
    expect(parsed.value.places.ofKey(["a", 0, "c"])).toEqual({ line: 3, column: 5 });
    expect(parsed.value.places.ofValue(["a", 0, "missing", "deeper"])).toEqual({ line: 2, column: 5 });
  });
});

describe("refuses, with line, column, reason and fix", () => {
  test.each([
    ["an anchor", "a: &x 1", "a.yaml:1:4: an anchor (&)"],
    ["an anchor that nothing uses, on a mapping", "a:\n  &x\n  b: 1", "a.yaml:2:3: an anchor (&)"],
    ["an alias", "a: *x", "a.yaml:1:4: an alias (*)"],
    ["an alias as a name", "*x : 1", "a.yaml:1:1: an alias (*)"],
    ["a tag of its own", "a: !secret 1", "a.yaml:1:4: a tag (!)"],
    ["a tag of YAML itself", "a: !!str 1", "a.yaml:1:4: a tag (!)"],
    ["a tag on a list", "a: !!set [b]", "a.yaml:1:4: a tag (!)"],
    ["a merge key", "a: {b: 1}\nc:\n  <<: {d: 1}", "a.yaml:3:3: c: a merge key (<<)"],
    ["a merge key in quotes", '"<<": 1', "a.yaml:1:1: a merge key"],
    ["a directive that makes it YAML 1.1", "%YAML 1.1\n---\na: yes", "a.yaml:1:1: a directive (%)"],
    ["a second document", "a: 1\n---\na: 2", "a.yaml:2:1: a second YAML document begins here"],
    ["a duplicate key", "a: 1\nb: 2\na: 3", "a.yaml:3:1: a: a is written twice in one mapping; keep one of the two"],
    ["a duplicate key in other quotes", "a: 1\n'a': 2\n", "a.yaml:2:1: a: a is written twice"],
    ["a duplicate key spelled with an escape", 'a: 1\n"\\x61": 2\n', "a.yaml:2:1: a: a is written twice"],
    ["a key that is a list", "? [a]\n: 1", "a.yaml:1:3: the name of a field is not text here"],
    ["a key that is a number", "1: a", "a.yaml:1:1: the name of a field is not text"],
    ["the key __proto__", "a:\n  __proto__: {b: 1}", "a.yaml:2:3: a: no field can have the name __proto__"],
    ["an empty value", "a:\nb: 1", "a: nothing is written here; write a value, or leave the field out"],
    ["null", "a: null", "a.yaml:1:4: a: nothing is written here"],
    ["a tilde", "a: ~", "nothing is written here"],
    ["an empty file", "", "a.yaml:1:1: nothing is written here"],
    ["yes", "a: yes", "a: yes means different things to different parsers; write true or false, or quote it as text"],
    ["Off in a list", "a: [Off]", "a[0]: Off means different things"],
    ["an octal number of YAML 1.1", "a: 0123", "a.yaml:1:4: a: 0123 is no plain decimal number"],
    ["an octal number of YAML 1.2", "a: 0o17", "0o17 is no plain decimal number"],
    ["a hexadecimal number", "a: 0x1f", "0x1f is no plain decimal number"],
    ["a number with underscores", "a: 1_000", "1_000 means different things"],
    ["an exponent", "a: 1e3", "1e3 is no plain decimal number"],
    ["infinity", "a: .inf", ".inf is no plain decimal number"],
    ["no number", "a: .NaN", ".NaN is no plain decimal number"],
    ["an integer that a double cannot hold", "a: 9007199254740993", "is no plain decimal number"],
    ["TRUE", "a: TRUE", "TRUE is written unusually; write true"],
    ["a byte order mark", "\ufeffa: 1", "a.yaml:1:1: here is the character \\u{feff}"],
    [
      "text that turns its direction, in a comment",
      "a: 1\n# \u202e1 :b",
      "a.yaml:2:3: here is the character \\u{202e}",
    ],
    ["a control character", "a: \u0007", "a.yaml:1:4: here is the character \\x07"],
    ["a lone carriage return, a line end to some only", "a: 1 # x\rb: 2", "a.yaml:1:9: here is the character \\r"],
    ["a line separator, a line end to some only", "a: 1 # x\u2028b: 2", "here is the character \\u{2028}"],
    ["half a surrogate pair", "a: \ud800", "here is the character \\u{d800}"],
    ["a tab for indentation", "a:\n\tb: 1", "this is no valid YAML"],
    ["an open quote", "a: 'b", "this is no valid YAML"],
    ["two values for one name", "a: b: c", "this is no valid YAML"],
  ])("%s", (_, text, words) => {
    expect(problemsOf(text).join("\n")).toContain(words);
  });
});

describe("bombs cost no more than the limits", () => {
  const deep = "depth";
  test.each([
    ["brackets in brackets", "[".repeat(65_000), "lie more than 16 deep in each other here"],
    ["braces in braces", "{a: ".repeat(16_000), "lie more than 16 deep"],
    ["lists in one line", `${"- ".repeat(9_000)}a`, "lie more than 16 deep"],
    ["explicit keys in each other", "? ".repeat(9_000), "lie more than 16 deep"],
    ["indentation", Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), "lie more than 16 deep"],
    ["a billion laughs", `a: &a [x]\n${"b: &b [*a, *a]\n".repeat(9)}`, "an anchor (&)"],
    ["too many parts", "- a\n".repeat(16_000), "the file has more than 20000 parts"],
    ["a scalar of a megabyte", `a: ${"x".repeat(1_048_576)}`, "the file has 1048579 bytes, 65536 are the most"],
    ["a long scalar", `a: ${"x".repeat(30_000)}`, "a: the text has 30000 characters, 20000 are the most"],
    ["a long name", `${"x".repeat(30_000)}: 1`, "is no valid YAML"],
    ["a long name in quotes", `? "${"x".repeat(30_000)}"\n: 1`, "the name of a field is too long here"],
  ])("%s", (_, text, words) => {
    const problems = problemsOf(text).join("\n");
    expect(problems, deep).toContain(words);
    expect(problems.length).toBeLessThan(10_000);
  });

  test("a constitution may be less deep than an object, members more in number", () => {
    const eight = `${"[".repeat(9)}1${"]".repeat(9)}`;
    expect(problemsOf(eight)).toEqual([]);
    expect(problemsOf(eight, constitutionLimits)[0]).toContain("more than 8 deep");
    expect(problemsOf("- abc\n".repeat(4_000), membersLimits)).toEqual([]);
  });
});

describe("for every text", () => {
  const plain = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", maxDepth: 4 },
      fc.integer(),
      fc.boolean(),
      fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("value"), { maxKeys: 4 }),
    ),
  })).value;

  test("what was written is what is read", () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(dataOf(stringify(value, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" }))).toEqual(
          value,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("it answers, and never throws", () => {
    const pieces = fc.constantFrom(
      ..."abn01-:?[]{},&*!|>'\"%@`#<~ \n\t.",
      "<<",
      "---",
      ": ",
      "- ",
      "\n  ",
      "true",
      "\ud800",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const parsed = read(parts.join(""));
        if (!parsed.ok) expect(problemSentence(parsed.problems[0])).toMatch(/^a\.yaml:\d+:\d+: /);
      }),
      { numRuns: 300 },
    );
  });
});
