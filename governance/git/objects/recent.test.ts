import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("what was asked for last is remembered, up to the weight, and the longest unasked goes first", () => {
  const recent = new Recent<string>(6, (text) => text.length);
  recent.set("a", "aa");
  recent.set("b", "bb");
  recent.set("c", "cc");
  expect(recent.get("a")).toBe("aa");
  recent.set("d", "ddd");
  expect(["a", "b", "c", "d"].map((key) => recent.get(key))).toEqual(["aa", undefined, undefined, "ddd"]);
});

test("what is heavier than all that may be remembered is not, and takes nothing else's place for ever", () => {
  const recent = new Recent<string>(3, (text) => text.length);
  recent.set("a", "a");
  recent.set("b", "bbbb");
  expect([recent.get("a"), recent.get("b")]).toEqual([undefined, undefined]);
  recent.set("c", "ccc");
  expect(recent.get("c")).toBe("ccc");
});

test("setting the same again counts once", () => {
  const recent = new Recent<string>(3, (text) => text.length);
  for (let times = 0; times < 5; times++) recent.set("a", "aa");
  recent.set("b", "b");
  expect([recent.get("a"), recent.get("b")]).toEqual(["aa", "b"]);
});
