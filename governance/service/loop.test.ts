/** Pass after pass, by a clock that only the test moves. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { createLoop } from "./loop.ts";
import type { Passed } from "./pass.ts";

async function start(answers: readonly (Partial<Passed["view"]> & { wakeIn?: number; fails?: boolean })[]) {
  const clock = new ManualClock(0);
  const begun: number[] = [];
  const failures: unknown[] = [];
  const stop = new AbortController();
  const loop = createLoop({
    clock,
    retryMs: 100,
    retryMaxMs: 1_000,
    onPassed: () => undefined,
    onFailed: (error) => failures.push(error),
    pass: async () => {
      const answer = answers[Math.min(begun.length, answers.length - 1)] ?? {};
      begun.push(clock.now());
      if (answer.fails) throw new Error("broken");
      const { troubles = [], wakeIn = 10_000 } = answer;
      const view = { now: clock.now(), open: [], rollout: { state: "applied", waitsFor: [] }, troubles } as const;
      return { view, wakeAt: clock.now() + wakeIn };
    },
  });
  const running = loop.run(stop.signal);
  const end = (): Promise<void> => {
    stop.abort();
    return running;
  };
  await clock.advance(0); // the first pass has ended
  return { clock, loop, begun, failures, end };
}

const away = { code: "ForgeUnreachable", sentence: "away", isTransient: true };

describe("the loop", () => {
  test("comes again at the time that the last pass asked for, and not before", async () => {
    const { clock, begun, end } = await start([{ wakeIn: 500 }]);
    await clock.advance(499);
    expect(begun).toEqual([0]);
    await clock.advance(1);
    expect(begun).toEqual([0, 500]);
    await end();
  });

  test("woken, comes at once, and once for however many notices", async () => {
    const { clock, loop, begun, end } = await start([{}]);
    await clock.advance(5);
    for (let notice = 0; notice < 100; notice++) loop.wake();
    await clock.advance(0);
    expect(begun).toEqual([0, 5]);
    await end();
  });

  test("waits longer after each failure that may go away, up to the most, and is quick again after a success", async () => {
    const { clock, begun, end } = await start([
      ...Array(6).fill({ troubles: [away] }),
      { wakeIn: 50 },
      { troubles: [away] },
    ]);
    for (let step = 0; step < 100; step++) await clock.advance(50);
    const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
    expect(gaps.slice(0, 8)).toEqual([100, 200, 400, 800, 1_000, 1_000, 50, 100]);
    await end();
  });

  test("outlives a pass that breaks off, and says so", async () => {
    const { clock, begun, failures, end } = await start([{ fails: true }, {}]);
    await clock.advance(100);
    expect(begun).toEqual([0, 100]);
    expect(failures).toHaveLength(1);
    await end();
  });

  test("stopped while it rests, ends at once and leaves no timer", async () => {
    const { clock, end } = await start([{}]);
    await clock.advance(1);
    await end();
    expect(clock.pending).toBe(0);
  });
});
