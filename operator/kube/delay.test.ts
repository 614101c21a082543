import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { DelayedKeys } from "./delay.ts";

function delayed(): { clock: ManualClock; keys: DelayedKeys; due: [string, number][] } {
  const clock = new ManualClock(0);
  const due: [string, number][] = [];
  return { clock, due, keys: new DelayedKeys(clock, (key) => due.push([key, clock.now()])) };
}

describe("DelayedKeys", () => {
  test("a key comes when its time has come, not before", async () => {
    const { clock, keys, due } = delayed();
    keys.add("a", 100);
    await clock.advance(99);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toEqual([["a", 100]]);
  });

  test.each([
    ["an earlier wish replaces a later one", [100, 30], 30],
    ["a later wish changes nothing", [30, 100], 30],
  ])("of several times for one key the earliest wins: %s", async (_, waits, at) => {
    const { clock, keys, due } = delayed();
    for (const ms of waits) keys.add("a", ms);
    await clock.advance(1_000);
    expect(due).toEqual([["a", at]]);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ["no time", 0],
    ["a time that has passed", -5],
    ["no number", Number.NaN],
  ])("%s is at once, and takes the place of a wait", async (_, ms) => {
    const { clock, keys, due } = delayed();
    keys.add("a", 50);
    keys.add("a", ms);
    expect(due).toEqual([["a", 0]]);
    await clock.advance(100);
    expect(due).toHaveLength(1);
  });

  test("keys that fall due together come in the order of their times", async () => {
    const { clock, keys, due } = delayed();
    keys.add("late", 20);
    keys.add("early", 10);
    await clock.advance(500);
    expect(due.map(([key]) => key)).toEqual(["early", "late"]);
  });

  test("however many keys wait, one timer is armed", () => {
    const { clock, keys } = delayed();
    for (let i = 0; i < 100; i++) keys.add(`key-${i}`, 1_000 - i);
    expect(clock.pending).toBe(1);
    expect(keys.size).toBe(100);
  });

  test("a wait longer than a timer of Node can hold is kept", async () => {
    const { clock, keys, due } = delayed();
    const days = 40 * 24 * 3_600_000;
    keys.add("a", days);
    await clock.advance(days - 1);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toEqual([["a", days]]);
  });

  test("stop drops what waits and leaves no timer; nothing can be added after", async () => {
    const { clock, keys, due } = delayed();
    keys.add("a", 10);
    keys.stop();
    keys.add("b", 10);
    keys.add("c", 0);
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(due).toEqual([]);
  });

  test("a key taken out does not come", async () => {
    const { clock, keys, due } = delayed();
    keys.add("a", 10);
    keys.remove("a");
    await clock.advance(100);
    expect(due).toEqual([]);
  });

  test("whatever is added when, each wait ends at the earliest of its key's wishes, once", async () => {
    const wish = fc.record({ key: fc.constantFrom("a", "b", "c"), ms: fc.integer({ min: 1, max: 50 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { maxLength: 20 }), async (wishes) => {
        const { clock, keys, due } = delayed();
        const earliest = new Map<string, number>();
        for (const { key, ms } of wishes) {
          keys.add(key, ms);
          earliest.set(key, Math.min(ms, earliest.get(key) ?? ms));
        }
        await clock.advance(60);
        expect(new Map(due)).toEqual(earliest);
        expect(due).toHaveLength(earliest.size);
      }),
      { numRuns: 40 },
    );
  });
});
