import { expect, test } from "vitest";
import { listed } from "./list.ts";

test.each([
  ["nothing for no names", [], ""],
  ["one name as it is", ["a"], "a"],
  ["two with and", ["a", "b"], "a and b"],
  ["three with a comma", ["a", "b", "c"], "a, b and c"],
  ["how many more there are", ["a", "b", "c", "d", "e"], "a, b, c and 2 more"],
])("says %s", (_, names, text) => {
  expect(listed(names)).toBe(text);
});

test("at least one name is spelled out", () => {
  expect(listed(["a", "b"], 0)).toBe("a and 1 more");
});
