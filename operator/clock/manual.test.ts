import { describe, expect, test } from "vitest";
import { rfc3339 } from "./clock.ts";
import { ManualClock } from "./manual.ts";

describe("ManualClock", () => {
  test("fires timers in time order, each at its own time", async () => {
    const clock = new ManualClock(0);
    const seen: [string, number][] = [];
    clock.after(20, () => seen.push(["second", clock.now()]));
    clock.after(10, () => seen.push(["first", clock.now()]));
    await clock.advance(15);
    expect(seen).toEqual([["first", 10]]);
    await clock.advance(5);
    expect(seen).toEqual([
      ["first", 10],
      ["second", 20],
    ]);
  });

  test("an aborted sleep rejects at once with the reason and leaves no timer", async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleep = clock.sleep(1000, abort.signal);
    abort.abort(new Error("stopped"));
    await expect(sleep).rejects.toThrow("stopped");
    expect(clock.pending).toBe(0);
  });

  test("rfc3339 has seconds and no fraction, as metav1.Time does", () => {
    expect(rfc3339(Date.UTC(2026, 10, 23, 1, 2, 3, 456))).toBe("2026-11-23T01:02:03Z");
  });
});
