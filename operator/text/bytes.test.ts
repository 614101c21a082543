import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBytes, formatBytesApart } from "./bytes.ts";

const gib = 1024 ** 3;

describe("formatBytes", () => {
  test.each([
    ["nothing", 0, "0 B"],
    ["less than a KiB in whole bytes", 1023, "1023 B"],
    ["one decimal below 100", 5.2 * gib, "5.2 GiB"],
    ["no decimal from 100 on", 512 * 1024 ** 2, "512 MiB"],
    ["the next unit when rounding would reach 1024", gib - 1, "1.0 GiB"],
    ["the largest unit for all that is larger", 5000 * 1024 ** 5, "5000 PiB"],
    ["a shortage as a negative size", -3 * gib, "-3.0 GiB"],
    ["no number at all", Number.NaN, "unknown size"],
  ])("words %s", (_, bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test("the number before the unit never reaches 1024 below the largest unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1024 ** 5 }), (bytes) => {
        expect(Number.parseFloat(formatBytes(bytes))).toBeLessThan(1024);
      }),
    );
  });
});

describe("formatBytesApart", () => {
  test.each([
    ["one decimal where that tells them apart", 5.2 * gib, 3.1 * gib, ["5.2 GiB", "3.1 GiB"]],
    ["more decimals where they are close", 5.24 * gib, 5.21 * gib, ["5.24 GiB", "5.21 GiB"]],
    ["whole bytes where nothing else helps", gib, gib + 1, ["1073741824 B", "1073741825 B"]],
    ["equal sizes alike", gib, gib, ["1.0 GiB", "1.0 GiB"]],
  ])("words %s", (_, a, b, pair) => {
    expect(formatBytesApart(a, b)).toEqual(pair);
  });

  test("different sizes never read the same", () => {
    const size = fc.integer({ min: 0, max: 2 ** 45 });
    fc.assert(
      fc.property(size, size, (a, b) => {
        fc.pre(a !== b);
        const [first, second] = formatBytesApart(a, b);
        expect(first).not.toBe(second);
      }),
    );
  });
});
