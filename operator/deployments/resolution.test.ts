import { describe, expect, test } from "vitest";
import { ManualClock } from "../clock/manual.ts";
import { ModelError } from "../models/model-error.ts";
import type { AtSite } from "../models/registry.ts";
import { type Resolution, Resolutions } from "./resolution.ts";
import { describeResolutionError } from "./resolution-error.ts";

const owner = { key: "default/chat", uid: "uid-1" };
const answer = (digest: string): Resolution => ({
  model: { reference: "a", digest, source: "Registry", sizeBytes: 1 },
  layers: [],
});

function setUp(recheckMs = 1000) {
  const clock = new ManualClock(0);
  const asked: {
    reference: string;
    signal: AbortSignal;
    answer: (to: Resolution) => void;
    fail: (error: unknown) => void;
  }[] = [];
  let changes = 0;
  const resolutions = new Resolutions({
    clock,
    random: () => 0.5,
    recheckMs,
    resolve: (reference, _, signal) =>
      new Promise((resolve, reject) => void asked.push({ reference, signal, answer: resolve, fail: reject })),
    describe: describeResolutionError,
    onChange: () => changes++,
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, resolutions, asked, turn, changes: () => changes };
}

describe("resolutions", () => {
  test("keep the last good answer while a later question fails, with the time of the next", async () => {
    const { clock, resolutions, asked, turn } = setUp();
    resolutions.start(owner, "a");
    asked[0]?.answer(answer("one"));
    await turn();
    resolutions.start(owner, "a");
    asked[1]?.fail(new ModelError("Unreachable", "the registry is away"));
    await turn();
    const view = resolutions.view("uid-1");
    expect(view.result?.model.digest).toBe("one");
    expect(view.failure).toMatchObject({ code: "Unreachable", terminal: false, attempts: 1 });
    expect(view.failure?.retryAt).toBeGreaterThan(clock.now());
  });

  test("failures in a row wait longer each time; what nobody can mend by waiting waits longest", async () => {
    const { resolutions, asked, turn } = setUp();
    const waits: number[] = [];
    for (const error of [
      new ModelError("Unreachable", "x"),
      new ModelError("Unreachable", "x"),
      new ModelError("NotFound", "x"),
    ]) {
      resolutions.start(owner, "a");
      asked.at(-1)?.fail(error);
      await turn();
      waits.push(resolutions.view("uid-1").failure?.retryAt ?? 0);
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits[2]).toBeGreaterThanOrEqual(600_000);
  });

  test("the registry's own wish to wait counts where it is longer", async () => {
    const { resolutions, asked, turn } = setUp();
    resolutions.start(owner, "a");
    asked[0]?.fail(new ModelError("TooManyRequests", "slow down", { retryAfterMs: 90_000 }));
    await turn();
    expect(resolutions.view("uid-1").failure?.retryAt).toBe(90_000);
  });

  test("the same question is asked once; another one ends it, and its late answer counts nothing", async () => {
    const { resolutions, asked, turn } = setUp();
    resolutions.start(owner, "a");
    resolutions.start(owner, "a");
    resolutions.start(owner, "b");
    expect(asked.map(({ reference, signal }) => [reference, signal.aborted])).toEqual([
      ["a", true],
      ["b", false],
    ]);
    asked[0]?.answer(answer("late"));
    await turn();
    expect(resolutions.view("uid-1")).toMatchObject({ reference: "b", running: true });
    expect(resolutions.view("uid-1").result).toBeUndefined();
  });

  test("those who start together are asked again at times of their own, within one interval", () => {
    const clock = new ManualClock(0);
    let next = 0;
    const resolutions = new Resolutions({
      clock,
      random: () => (next += 0.25),
      recheckMs: 1000,
      resolve: () => Promise.reject(new Error("not asked")),
      describe: describeResolutionError,
      onChange: () => undefined,
    });
    expect(["x", "y", "z"].map((uid) => resolutions.view(uid).recheckAt)).toEqual([250, 500, 750]);
  });

  test("closing ends what is asked, and nothing is told afterwards", async () => {
    const { resolutions, asked, changes } = setUp();
    resolutions.start(owner, "a");
    const closed = resolutions.close();
    asked[0]?.fail(asked[0].signal.reason);
    await closed;
    expect(changes()).toBe(0);
  });

  test("are asked soon for a copy that the site's registry is about to have, and less often the longer it takes", async () => {
    const { clock, resolutions, asked, turn } = setUp(3_600_000);
    const waits: number[] = [];
    const ask = async (atSite: AtSite): Promise<void> => {
      resolutions.start(owner, "a");
      asked.at(-1)?.answer({ ...answer("one"), atSite });
      await turn();
      waits.push(resolutions.view("uid-1").recheckAt - clock.now());
    };
    for (const passedMs of [0, 4_000, 40_000, 400_000, 40_000_000]) {
      await clock.advance(passedMs);
      await ask("Nothing");
    }
    expect(waits).toEqual([2_000, 2_000, 11_000, 111_000, 3_600_000]);
    await ask("one" as AtSite);
    await ask("Away");
    await ask("another" as AtSite);
    expect(waits.slice(5)).toEqual([3_600_000, 3_600_000, 2_000]);
  });
});
