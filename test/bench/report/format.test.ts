import { expect, test } from "vitest";
import { mebibytes, number, seconds, spread, times } from "./format.ts";

test.each([
  [number(0.0443), "0.044"],
  [number(0.4432), "0.443"],
  [number(4.432), "4.43"],
  [number(44.32), "44.3"],
  [number(-0.02), "-0.020"],
  [number(443.2), "443"],
  [number(17_429.4), "17,429"],
  [number(0), "0"],
  [number(Number.NaN), "–"],
  [times(1.904), "1.90 ×"],
  [times(14.2), "14 ×"],
  [times(0.0123), "0.012 ×"],
  [times(Number.POSITIVE_INFINITY), "–"],
  [seconds(940), "0.94"],
  [seconds(18_240), "18.2"],
  [mebibytes(104_857_600), "100"],
  [spread({ median: 12.1, min: 11.8, max: 12.9 }), "12.1 (11.8 – 12.9)"],
  [spread({ median: 3, min: 3, max: 3 }), "3.00"],
  [spread({ median: Number.NaN, min: Number.NaN, max: Number.NaN }), "–"],
])("%s is shown as %s", (shown, wanted) => {
  expect(shown).toBe(wanted);
});
