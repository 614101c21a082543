import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../test/runs.ts";
import { PullTracker } from "./progress.ts";

const a = `sha256:${"a".repeat(64)}` as const;
const b = `sha256:${"b".repeat(64)}` as const;
const layer = (digest: string, total: number, completed?: number): Record<string, unknown> => ({
  status: `pulling ${digest.slice(7, 19)}`,
  digest,
  total,
  ...(completed !== undefined && { completed }),
});

function told(events: readonly Record<string, unknown>[], expected?: ConstructorParameters<typeof PullTracker>[0]) {
  const tracker = new PullTracker(expected);
  for (const event of events) tracker.take(event);
  return tracker;
}

describe("a pull's progress", () => {
  test("runs through its phases", () => {
    const tracker = new PullTracker();
    const phases = [
      { status: "pulling manifest" },
      layer(a, 100),
      layer(a, 100, 100),
      { status: "verifying sha256 digest" },
      { status: "writing manifest" },
      { status: "removing unused layers" },
      { status: "success" },
    ].map((event) => {
      tracker.take(event);
      return tracker.progress.phase;
    });
    expect(phases).toEqual(["manifest", "download", "download", "verify", "write", "write", "write"]);
    expect(tracker.done).toBe(true);
  });

  test("takes a left out `completed` for 0", () => {
    expect(told([layer(a, 100)]).progress).toMatchObject({ completedBytes: 0, totalBytes: 100 });
  });

  test("counts a layer that is there already as complete, and names it as reused", () => {
    const tracker = told([layer(a, 100, 100), layer(b, 50), layer(b, 50, 50)]);
    expect(tracker.progress).toMatchObject({ completedBytes: 150, totalBytes: 150 });
    expect(tracker.reused).toEqual([a]);
  });

  test("does not take a layer that came within one tick for reused, since it is told again", () => {
    expect(told([layer(a, 100, 100), layer(a, 100, 100)]).reused).toEqual([]);
  });

  test("does not go back when a part is tried again", () => {
    const tracker = told([layer(a, 100, 80)]);
    expect(tracker.take(layer(a, 100, 20))).toBe(false);
    expect(tracker.progress.completedBytes).toBe(80);
  });

  test("has the right total from the first event on where the registry's sizes are known", () => {
    const expected = [
      { digest: a, bytes: 100 },
      { digest: b, bytes: 50 },
    ];
    expect(told([layer(a, 100)], expected).progress.totalBytes).toBe(150);
    expect(told([layer(a, 100), layer(b, 50)], expected).progress.totalBytes).toBe(150);
    expect(told([layer(a, 400)], expected).progress.totalBytes).toBe(450);
  });

  test("says whether an event changed anything", () => {
    const tracker = new PullTracker();
    expect(tracker.take({ status: "pulling manifest" })).toBe(false);
    expect(tracker.take(layer(a, 100))).toBe(true);
    expect(tracker.take(layer(a, 100))).toBe(false);
    expect(tracker.take({ status: "something new in a later release" })).toBe(false);
  });

  test.each([
    ["a negative size", { status: "x", digest: a, total: -1 }],
    ["a size beyond what can be counted", { status: "x", digest: a, total: 1e300 }],
    ["a size that is text", { status: "x", digest: a, total: "100" }],
    ["half a byte", { status: "x", digest: a, total: 1.5 }],
    ["a digest that is an object", { status: "x", digest: {} }],
    ["a status of a megabyte", { status: "x".repeat(1_000_000) }],
  ])("refuses %s", (_, event) => {
    expect(() => new PullTracker().take(event)).toThrow(expect.objectContaining({ code: "BadResponse" }));
  });

  test("refuses layers without end", () => {
    const tracker = new PullTracker();
    const endless = (): void => {
      for (let i = 0; ; i++) tracker.take(layer(`sha256:${i}`, 1));
    };
    expect(endless).toThrow(expect.objectContaining({ code: "BadResponse" }));
  });

  test("never goes back and never exceeds its total, whatever the host tells", () => {
    const size = fc.oneof(fc.nat(1_000), fc.constant(Number.MAX_SAFE_INTEGER));
    const status = fc.constantFrom("pulling manifest", "verifying sha256 digest", "writing manifest", "success", "?");
    const event = fc.oneof(
      fc.record({ status }),
      fc
        .tuple(fc.constantFrom(a, b, "sha256:model"), size, size)
        .map(([digest, total, done]) => layer(digest, total, done)),
    );
    const phases = ["manifest", "download", "verify", "write"];
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const tracker = new PullTracker([{ digest: a, bytes: 500 }]);
        for (const one of events) {
          const before = tracker.progress;
          tracker.take(one);
          const after = tracker.progress;
          expect(after.completedBytes).toBeGreaterThanOrEqual(before.completedBytes);
          expect(after.totalBytes).toBeGreaterThanOrEqual(before.totalBytes);
          expect(after.completedBytes).toBeLessThanOrEqual(after.totalBytes);
          expect(phases.indexOf(after.phase)).toBeGreaterThanOrEqual(phases.indexOf(before.phase));
        }
      }),
      runs(60),
    );
  });
});
