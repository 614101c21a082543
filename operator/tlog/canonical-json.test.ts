import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../test/any-text.ts";
import { runs } from "../../test/runs.ts";
import { canonicalDepthMax, canonicalJson, type JsonValue, parseCanonicalJson } from "./canonical-json.ts";

const vectors: { documents: { name: string; input: string; outputHex: string }[]; doubles: [string, string][] } =
  JSON.parse(readFileSync(join(import.meta.dirname, "vectors/canonical-json.json"), "utf8"));

describe("the published data of RFC 8785", () => {
  test.each(vectors.documents)("$name is written byte by byte as published", ({ input, outputHex }) => {
    expect(Buffer.from(canonicalJson(JSON.parse(input)), "utf8").toString("hex")).toBe(outputHex);
  });

  test.each(vectors.doubles)("the double %s is written %s", (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(text);
  });
});

describe("canonical JSON", () => {
  const circular: unknown[] = [];
  circular.push([circular, circular]);
  const withHole = [1, 2, 3];
  delete withHole[1];

  test.each<[what: string, value: unknown, place: string]>([
    ["a number that is none", { a: [Number.NaN] }, "the value.a[0] is NaN"],
    ["infinity", -Infinity, "the value is -Infinity"],
    ["a BigInt", { size: 1n }, "the value.size is bigint"],
    ["nothing", undefined, "the value is undefined"],
    ["a member that is nothing, which would vanish", { a: 1, b: undefined }, "the value.b is undefined"],
    ["an item that is nothing, which would be null", [undefined], "the value[0] is undefined"],
    ["a function, which would make it no JSON", { a: () => 1 }, "the value.a is function"],
    ["a symbol", [Symbol("a")], "the value[0] is symbol"],
    ["a member named by a symbol", { [Symbol("a")]: 1 }, "members that JSON would not show"],
    ["a hidden member", Object.defineProperty({}, "a", { value: 1 }), "members that JSON would not show"],
    ["a date", { at: new Date(0) }, "the value.at is more than data"],
    ["a map", new Map([["a", 1]]), "the value is more than data"],
    ["bytes", Buffer.from("a"), "the value is more than data"],
    ["a boxed number", Object(1), "the value is more than data"],
    ["data that chooses its own text", { toJSON: () => 1 }, "the value.toJSON is function"],
    ["a list with a hole", withHole, "holes"],
    ["a list with a name", Object.assign([1], { a: 1 }), "holes or more"],
    ["what holds itself", circular, "the value[0][0] holds itself"],
    ["half of a character", "\ud83d", "half of a surrogate pair"],
    ["the other half first", ["\ude02\ud83d"], "half of a surrogate pair"],
    ["half of a character in a name", { "\udc00": 1 }, "the value has half"],
    ["more levels than the limit", nested(canonicalDepthMax + 1), `deeper than ${canonicalDepthMax} levels`],
    ["levels that would fill the stack", nested(100_000), `deeper than ${canonicalDepthMax} levels`],
  ])("%s is refused, and the place is named", (_, value, place) => {
    const attempt = () => canonicalJson(value as JsonValue);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(place);
  });

  test("as many levels as the limit are taken", () => {
    expect(canonicalJson(nested(canonicalDepthMax))).toBe(
      "[".repeat(canonicalDepthMax) + "]".repeat(canonicalDepthMax),
    );
  });

  test("a member named __proto__ is a member like another", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1},"b":1}');
  });

  test("minus zero is zero, as the RFC says", () => {
    expect(canonicalJson([-0])).toBe("[0]");
  });

  test("says what plain JSON says, in one spelling, whatever the order", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (any) => {
        const value = JSON.parse(JSON.stringify(any)) as JsonValue;
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(canonicalJson(backwards(value))).toBe(text);
        expect(parseCanonicalJson(text)).toEqual(value);
      }),
      runs(100),
    );
  });
});

describe("reading canonical JSON", () => {
  test.each([
    ["a space", '{"a": 1}'],
    ["a line feed behind it", '{"a":1}\n'],
    ["another order of names", '{"b":1,"a":2}'],
    ["another order of names deep inside", '{"a":[{"b":1,"a":2}]}'],
    ["names that are numbers in the order of numbers", '{"9":1,"10":2}'],
    ["a name twice", '{"a":1,"a":1}'],
    ["a longer spelling of a number", "[1.0]"],
    ["an exponent in capitals", "[1E30]"],
    ["a number that a double cannot hold", "[9007199254740993]"],
    ["a minus before zero", "[-0]"],
    ["a letter that is escaped for nothing", '["\\u0041"]'],
    ["a slash that is escaped", '["\\/"]'],
    ["half of a character, escaped", '["\\ud800"]'],
    ["half of a character in a name, escaped", '{"\\udfff":1}'],
    ["a comment", "[1]// one"],
    ["a byte order mark", "\ufeff[1]"],
    ["two values", "1 2"],
    ["nothing", ""],
    ["a number that overflows", "[1e999]"],
    ["more levels than the limit", "[".repeat(200) + "]".repeat(200)],
  ])("refuses %s", (_, text) => {
    expect(() => parseCanonicalJson(text)).toThrow(SyntaxError);
  });

  test.each([
    ["names that are numbers in the order of texts", '{"10":2,"9":1}'],
    ["a backslash before the letters ud", '["\\\\ud"]'],
    ["a name before its continuation", '{"":0,"a":1,"aa":2,"b":3}'],
    ["as many levels as the limit", "[".repeat(canonicalDepthMax) + "]".repeat(canonicalDepthMax)],
  ])("takes %s", (_, text) => {
    expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
  });

  test("takes nothing that it would write otherwise, whatever the text", () => {
    fc.assert(
      fc.property(anyText(12), fc.nat({ max: 20 }), (noise, at) => {
        const whole = '{"a":[1,"b"],"c":null}';
        const text = whole.slice(0, at) + noise + whole.slice(at);
        try {
          expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      runs(200),
    );
  });
});

function nested(levels: number): JsonValue {
  let value: JsonValue = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

function backwards(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, backwards(member)]),
  );
}
