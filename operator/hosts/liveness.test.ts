import { describe, expect, test } from "vitest";
import { defaultHostLimits as limits } from "./limits.ts";
import {
  answered,
  isUnstable,
  type Liveness,
  missed,
  nextProbeMs,
  notAskedYet,
  type ProbeFailure,
} from "./liveness.ts";

const refused: ProbeFailure = { reason: "NotAnswering", message: "connection refused", terminal: false };
const denied: ProbeFailure = { reason: "Denied", message: "wrong token", terminal: true };

/** `a` answers, `c` answers with something new, `m` misses, `d` is denied; one second apart. */
function lived(story: string, start = 0): Liveness {
  let state = notAskedYet(start);
  [...story].forEach((step, index) => {
    const now = start + (index + 1) * 1000;
    if (step === "a" || step === "c") state = answered(state, step === "c", now, limits);
    else state = missed(state, step === "d" ? denied : refused, now, limits);
  });
  return state;
}

describe("liveness", () => {
  test("before the first answer a host is not reachable, and was not asked", () => {
    expect(lived("")).toMatchObject({ reachable: false, asked: false });
  });
  test("the first answer makes it reachable", () => {
    expect(lived("a")).toMatchObject({ reachable: true, since: 1000 });
  });
  test("a host that never answered is away with its first miss", () => {
    expect(lived("m")).toMatchObject({ reachable: false, asked: true, everAnswered: false, since: 0 });
  });
  test("one or two misses do not count", () => {
    expect(lived("amm")).toMatchObject({ reachable: true, since: 1000, misses: 2 });
  });
  test("an answer between misses forgets them", () => {
    expect(lived("ammamm")).toMatchObject({ reachable: true, since: 1000 });
  });
  test("the third miss in a row counts", () => {
    expect(lived("ammm")).toMatchObject({ reachable: false, since: 4000, failure: refused });
  });
  test("further misses do not move the time since when", () => {
    expect(lived("ammmmmm")).toMatchObject({ reachable: false, since: 4000 });
  });
  test("a refusal that trying again cannot mend counts at once", () => {
    expect(lived("ad")).toMatchObject({ reachable: false, since: 2000, failure: denied });
  });
  test("an answer takes the failure away", () => {
    expect(lived("ammma").failure).toBeUndefined();
  });
  test("a host lost twice is not unstable", () => {
    expect(isUnstable(lived("ammmammma"), 9000)).toBe(false);
  });
  test("lost three times it is left alone for a minute after its return", () => {
    const state = lived("ammmammmammma");
    expect(state.unstableUntil).toBe(13_000 + 60_000);
    expect(isUnstable(state, 72_999)).toBe(true);
    expect(isUnstable(state, 73_000)).toBe(false);
  });
  test("with each further loss for twice as long, up to a bound", () => {
    expect(lived("ammmammmammmammma").unstableUntil).toBe(17_000 + 120_000);
    expect(lived(`${"ammm".repeat(40)}a`).unstableUntil).toBe(161_000 + limits.unstableMaxMs);
  });
  test("losses outside the window are forgotten", () => {
    const lost = lived("ammmammmammm");
    expect(answered(lost, true, limits.lossesWindowMs + 13_000, limits).unstableUntil).toBeUndefined();
  });
  test("misses are followed up quickly, a host that is away more and more slowly", () => {
    expect(
      ["m", "mmm", "mmmm", "mmmmm", "m".repeat(30)].map((story) => nextProbeMs(lived(story), true, limits)),
    ).toEqual([1000, 1000, 2000, 4000, 30_000]);
  });
  test("where nothing changes it is asked less often; where something of ours runs not much less", () => {
    const steady = lived("a".repeat(40));
    expect(nextProbeMs(lived("aaaa"), true, limits)).toBe(5000);
    expect(nextProbeMs(steady, true, limits)).toBe(10_000);
    expect(nextProbeMs(steady, false, limits)).toBe(30_000);
  });
  test("a change brings the short interval back", () => {
    expect(nextProbeMs(lived(`${"a".repeat(40)}c`), false, limits)).toBe(5000);
  });
});
