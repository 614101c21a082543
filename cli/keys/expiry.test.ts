import { describe, expect, test } from "vitest";
import { expiryOf, validity } from "./expiry.ts";

const now = Date.parse("2026-11-28T10:00:00Z");

describe("a key's time", () => {
  test.each([
    ["12h", "2026-11-28T22:00:00Z"],
    ["90d", "2027-02-26T10:00:00Z"],
    ["4w", "2026-12-26T10:00:00Z"],
    ["3660d", "2036-12-05T10:00:00Z"],
  ])("%s ends at %s", (text, ends) => {
    expect(expiryOf(validity(text), now)).toBe(ends);
  });

  const refused = "Write a whole number and h, d or w: 12h, 90d or 4w.";
  test.each([
    "",
    "90",
    "d",
    "0d",
    "-1d",
    "1.5d",
    " 90d",
    "90d ",
    "90D",
    "90days",
    "3m",
    "1y",
    "٣d",
    "1e3d",
    "9999999d",
    "2027-01-01",
  ])("%j is refused, with how to write it", (text) => {
    expect(() => validity(text)).toThrow(refused);
  });

  test.each(["3661d", "999999w", "87841h"])("%s is refused: more than ten years is a slip", (text) => {
    expect(() => validity(text)).toThrow("more than ten years");
  });
});
