import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { Wake } from "./wake.ts";

const never = new AbortController().signal;

async function isOver(wait: Promise<void>, clock: ManualClock): Promise<boolean> {
  let over = false;
  void wait.then(() => {
    over = true;
  });
  await clock.advance(0);
  return over;
}

describe("a wait", () => {
  test("ends when its time is over", async () => {
    const clock = new ManualClock();
    const wait = new Wake().within(clock, 1_000, never);
    expect(await isOver(wait, clock)).toBe(false);
    await clock.advance(1_000);
    await wait;
  });

  test.each<[string, (wake: Wake, abort: AbortController) => void]>([
    ["when it is told to", (wake) => wake.now()],
    ["when the signal aborts", (_, abort) => abort.abort()],
  ])("ends %s, and leaves no timer", async (_, act) => {
    const [clock, wake, abort] = [new ManualClock(), new Wake(), new AbortController()];
    const wait = wake.within(clock, 1_000, abort.signal);
    act(wake, abort);
    await wait;
    expect(clock.pending).toBe(0);
  });

  test.each<[string, (wake: Wake) => void, number, boolean]>([
    ["is none where it was told before", (wake) => wake.now(), 1_000, true],
    ["is one again after that is forgotten", (wake) => [wake.now(), wake.reset()], 1_000, false],
    ["is none where there is no time", () => {}, -5, true],
  ])("%s", async (_, act, ms, over) => {
    const [clock, wake] = [new ManualClock(), new Wake()];
    act(wake);
    expect(await isOver(wake.within(clock, ms, never), clock)).toBe(over);
  });
});
