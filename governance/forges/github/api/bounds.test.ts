/** What is remembered and how fast we change things, within their bounds. */
import { expect, test } from "vitest";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { Shown, shownMax } from "../report/shown.ts";
import { Etags, rememberedItemsMax } from "./etags.ts";
import { changesPerMinuteMax, othersWithin, Pace } from "./pace.ts";

const answer = (weight: number) => ({ etag: "x", value: [], hasNext: false, weight });

test("answers that were used longest ago are forgotten first", () => {
  const etags = new Etags();
  const third = Math.floor(rememberedItemsMax / 3);
  for (const key of ["a", "b", "c"]) etags.set(key, answer(third));
  etags.get("a");
  etags.set("d", answer(third));
  expect(["a", "b", "c", "d"].filter((key) => etags.get(key))).toEqual(["a", "c", "d"]);
});

test("an answer that is larger than everything together is not remembered", () => {
  const etags = new Etags();
  etags.set("a", answer(rememberedItemsMax + 1));
  expect(etags.get("a")).toBeUndefined();
});

test("setting the same anew does not fill the memory", () => {
  const etags = new Etags();
  etags.set("b", answer(1));
  for (let times = 0; times < 10; times++) etags.set("a", answer(rememberedItemsMax / 4));
  expect(etags.get("b")).toBeDefined();
});

test("what was shown is forgotten, the oldest first", () => {
  const shown = new Shown<number>();
  for (let at = 0; at <= shownMax; at++) shown.set(`${at}`, at);
  expect([shown.get("0"), shown.get("1"), shown.get(`${shownMax}`)]).toEqual([undefined, 1, shownMax]);
});

test("more changes than GitHub takes in a minute wait for the next one", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  const { signal } = new AbortController();
  let made = 0;
  const all = Promise.all(
    Array.from({ length: changesPerMinuteMax + 1 }, async () => {
      await pace.turn(signal);
      made++;
    }),
  );
  await clock.advance(59_000);
  expect(made).toBe(changesPerMinuteMax);
  await clock.advance(1_000);
  await all;
  expect(clock.pending).toBe(0);
});

test("a change that waits ends at once when it is aborted", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  const abort = new AbortController();
  for (let at = 0; at < changesPerMinuteMax; at++) await pace.turn(abort.signal);
  const waiting = pace.turn(abort.signal);
  abort.abort(new Error("stopping"));
  await expect(waiting).rejects.toThrow("stopping");
  expect(clock.pending).toBe(0);
});

test("what is changed for others than members leaves half of each minute, and most of each hour", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  const { signal } = new AbortController();
  let made = 0;
  const within = async (ms: number): Promise<number> => {
    const before = made;
    for (let waited = 0; waited < ms; waited += 10_000) {
      for (; pace.allowsOthers(); made++) await pace.turn(signal);
      await clock.advance(10_000);
    }
    return made - before;
  };
  expect(await within(50_000)).toBe(othersWithin.perMinute);
  expect(await within(50 * 60_000)).toBe(othersWithin.perHour - othersWithin.perMinute);
  expect(await within(20 * 60_000)).toBeGreaterThan(0);
});
