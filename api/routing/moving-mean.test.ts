import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanAt, meanFadeMs, measured } from "./moving-mean.ts";

describe("a moving mean", () => {
  test("is the first measurement, then moves towards newer ones", () => {
    const first = measured(undefined, 100, 0);
    expect(meanAt(first, 0)).toBe(100);
    const second = measured(first, 200, 0);
    expect(second.value).toBeCloseTo(130);
  });

  test("gives an old value next to no weight", () => {
    expect(measured({ value: 10_000, atMs: 0 }, 100, 10 * meanFadeMs).value).toBeCloseTo(100, 0);
  });

  test("fades without measurements, so that a host that was slow is tried again", () => {
    expect(meanAt({ value: 1_000, atMs: 0 }, meanFadeMs)).toBeCloseTo(368, 0);
    expect(meanAt({ value: 1_000, atMs: 0 }, 20 * meanFadeMs)).toBeLessThan(0.001);
    expect(meanAt(undefined, 5)).toBe(0);
  });

  test("always lies between the least and the most that was measured", () => {
    const series = fc.array(fc.tuple(fc.nat(10_000), fc.nat(60_000)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(series, (all) => {
        let now = 0;
        let mean = measured(undefined, all[0]![0], 0);
        for (const [value, wait] of all) {
          now += wait;
          mean = measured(mean, value, now);
        }
        const values = all.map(([value]) => value);
        expect(mean.value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
        expect(mean.value).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
      }),
    );
  });
});
