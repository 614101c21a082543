import { describe, expect, test } from "vitest";
import { entryOf } from "./entry.ts";

describe("what the image starts", () => {
  test.each(["operator", "gateway", "governance", "registry-filler", "witness"])("%s is something to start", (name) => {
    expect(entryOf([name]).start).toBeTypeOf("function");
  });

  test("a witness with arguments of its own is another thing to start: the verb of the command line", () => {
    expect(entryOf(["witness", "key"]).start).toBeTypeOf("function");
    expect(entryOf(["witness", "key"]).start).not.toBe(entryOf(["witness"]).start);
    expect(entryOf(["operator", "--help"]).start).toBe(entryOf(["operator"]).start);
  });

  const refused: [string, string | undefined, RegExp][] = [
    [
      "no argument at all names the five",
      undefined,
      /operator, gateway, governance, registry-filler, witness; nothing was named$/,
    ],
    [
      "another word names the five and the word",
      "api",
      /operator, gateway, governance, registry-filler, witness; "api" is none of them$/,
    ],
    ["a flag is no name", "--help", /"--help" is none of them/],
    ["what every object inherits is no name", "constructor", /"constructor" is none of them/],
    ["an empty word is no name", "", /"" is none of them/],
    ["upper case is another word", "Operator", /"Operator" is none of them/],
    ["a long word is cut", "x".repeat(5_000), /"x{100}" is none of them/],
  ];
  test.each(refused)("%s", (_, name, sentence) => {
    expect(entryOf(name === undefined ? [] : [name])).toEqual({ refusal: expect.stringMatching(sentence) });
  });
});
