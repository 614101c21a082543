import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { startWatchdog } from "./watchdog.ts";

function dog(ms: number) {
  const clock = new ManualClock();
  const barked: number[] = [];
  return { clock, barked, dog: startWatchdog(clock, ms, () => barked.push(clock.now())) };
}

describe("a watchdog", () => {
  test("barks once after silence, counted from what was last heard", async () => {
    const { clock, barked, dog: watch } = dog(100);
    const start = clock.now();
    await clock.advance(60);
    watch.heard();
    await clock.advance(60);
    expect(barked).toEqual([]);
    await clock.advance(1_000);
    expect(barked).toEqual([start + 160]);
    expect(clock.pending).toBe(0);
  });

  test("is silent while it is paused, and starts anew afterwards", async () => {
    const { clock, barked, dog: watch } = dog(100);
    watch.pause();
    await clock.advance(500);
    watch.resume();
    await clock.advance(99);
    expect(barked).toEqual([]);
    await clock.advance(1);
    expect(barked).toHaveLength(1);
  });

  test("leaves no timer when it is stopped", async () => {
    const { clock, barked, dog: watch } = dog(100);
    watch.heard();
    watch.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(1_000);
    expect(barked).toEqual([]);
  });
});
