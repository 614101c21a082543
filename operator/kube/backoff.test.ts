import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { backoffMs, KeyBackoff, LoopBackoff } from "./backoff.ts";

const never = () => 0;

describe("backoffMs", () => {
  test("doubles with each failure up to the bound", () => {
    const waits = [0, 1, 2, 3, 4, 5, 6].map((n) => backoffMs({ baseMs: 100, maxMs: 2_000 }, n, never));
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  test("is a finite number within bound and jitter after any number of failures", () => {
    const share = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), share, share, (failures, jitter, random) => {
        const wait = backoffMs({ baseMs: 5, maxMs: 30_000, jitter }, failures, () => random);
        expect(wait).toBeGreaterThanOrEqual(5);
        expect(wait).toBeLessThanOrEqual(30_000 * (1 + jitter));
      }),
    );
  });
});

describe("KeyBackoff", () => {
  test("counts each key on its own and forgets only the one that succeeded", () => {
    const backoff = new KeyBackoff({ baseMs: 10, maxMs: 1_000, random: never });
    expect([backoff.next("a"), backoff.next("a"), backoff.next("b")]).toEqual([10, 20, 10]);
    backoff.forget("a");
    expect([backoff.next("a"), backoff.next("b")]).toEqual([10, 20]);
    expect([backoff.failures("a"), backoff.failures("b"), backoff.failures("c")]).toEqual([1, 2, 0]);
  });
});

describe("LoopBackoff", () => {
  const limits = { baseMs: 800, maxMs: 30_000, jitter: 1, forgetAfterMs: 120_000, random: never };

  test("0.8 s doubling to 30 s, and never more than twice that with jitter", () => {
    const plain = new LoopBackoff({ ...limits, clock: new ManualClock() });
    const spread = new LoopBackoff({ ...limits, clock: new ManualClock(), random: () => 0.999 });
    const waits = Array.from({ length: 8 }, () => plain.next());
    expect(waits).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    for (const wait of waits) expect(spread.next()).toBeCloseTo(wait * 1.999);
  });

  test("failures are forgotten after two good minutes, counted from the end of the last wait", async () => {
    const clock = new ManualClock();
    const backoff = new LoopBackoff({ ...limits, clock });
    backoff.next();
    const second = backoff.next();
    await clock.advance(second + 119_999);
    expect(backoff.next()).toBe(3_200);
    await clock.advance(3_200 + 120_000);
    expect(backoff.next()).toBe(800);
  });
});
