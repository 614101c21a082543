import { describe, expect, test } from "vitest";
import { nearestNames } from "./nearest.ts";

const known = ["smollm2", "llama3.2", "llama3.1", "qwen3", "mistral", "phi4"];

describe("nearestNames", () => {
  test.each([
    ["a letter left out", "smolm2", ["smollm2"]],
    ["letters swapped and of the wrong case", "Mitsral", ["mistral"]],
    ["a beginning, however short", "llama", ["llama3.1", "llama3.2"]],
    ["the exact name first", "llama3.2", ["llama3.2", "llama3.1"]],
    ["nothing for what is far from all", "gpt-5-turbo", []],
    ["nothing for no name", "", []],
  ])("finds %s", (_, wanted, names) => {
    expect(nearestNames(wanted, known)).toEqual(names);
  });

  test("at most as many as asked for", () => {
    expect(nearestNames("llama", known, 1)).toEqual(["llama3.1"]);
  });

  test("a very long name costs no more than its beginning", () => {
    expect(nearestNames(`smollm2${"x".repeat(1_000_000)}`, ["y".repeat(1_000_000)])).toEqual([]);
  });
});
