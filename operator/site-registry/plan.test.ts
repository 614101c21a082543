import { describe, expect, test } from "vitest";
import type { Digest } from "../models/digest.ts";
import { parseReference } from "../models/reference.ts";
import { defaultLimits } from "./limits.ts";
import { type Failure, type ModelState, plan, type Snapshot, wishOf } from "./plan.ts";
import type { Wanted } from "./wanted.ts";

const now = Date.UTC(2026, 10, 28);
const a = `sha256:${"a".repeat(64)}` as Digest;
const b = `sha256:${"b".repeat(64)}` as Digest;
const folderOf = ({ key }: Wanted): string => `folder of ${key}`;

function model(name: string, more: Partial<Wanted> = {}): Wanted {
  const reference = parseReference(name);
  const there = { ...reference, host: "site" };
  return { key: name, there, reference, digests: [a], deployments: ["community/one"], collides: false, ...more };
}

function failure(of: Wanted, more: Partial<Failure> = {}): [string, Failure] {
  return [
    of.key,
    {
      wish: wishOf(of),
      code: "Unreachable",
      message: "no",
      refused: false,
      attempts: 1,
      retryAt: now + 5_000,
      ...more,
    },
  ];
}

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  const nothing = { present: new Map(), failures: new Map(), staged: [], wanted: [] };
  return { now, limits: defaultLimits, ...nothing, ...more };
}

const small = model("small", { bytes: 10 });
const large = model("large", { bytes: 1_000 });
const unknown = model("unknown");
const copyingOf = (one: Wanted) => ({ key: one.key, wish: wishOf(one) });

function start(more: Partial<Snapshot>): string | undefined {
  return plan(snapshot(more), folderOf).start?.key;
}

describe("what is copied next", () => {
  test.each<[string, Partial<Snapshot>, string | undefined]>([
    ["nothing, where nothing is wanted", {}, undefined],
    ["what is missing", { wanted: [small] }, "small"],
    ["the smallest first", { wanted: [large, small] }, "small"],
    ["those of unknown size last", { wanted: [unknown, large] }, "large"],
    ["of those of one size the first by name", { wanted: [model("b"), model("a")] }, "a"],
    ["not what is there", { wanted: [small, large], present: new Map([["small", a]]) }, "large"],
    ["nothing, where all is there", { wanted: [small], present: new Map([["small", a]]) }, undefined],
    [
      "what is there with content that nobody wants any more",
      { wanted: [small], present: new Map([["small", b]]) },
      "small",
    ],
    [
      "not what is there as one of the deployments wants it, though another wants it otherwise",
      { wanted: [model("m", { digests: [a, b] })], present: new Map([["m", b]]) },
      undefined,
    ],
    ["not what nobody knows yet", { wanted: [model("m", { digests: [] })] }, undefined],
    ["not what would lie where another registry's lies", { wanted: [model("m", { collides: true })] }, undefined],
    ["not what failed a moment ago", { wanted: [small], failures: new Map([failure(small)]) }, undefined],
    ["another one meanwhile", { wanted: [small, large], failures: new Map([failure(small)]) }, "large"],
    ["what failed and has waited", { wanted: [small], failures: new Map([failure(small, { retryAt: now })]) }, "small"],
    [
      "what failed at once, where other content is wanted now",
      { wanted: [small], failures: new Map([failure({ ...small, digests: [b] }, { refused: true })]) },
      "small",
    ],
    ["nothing while a copy is under way", { wanted: [small, large], copying: copyingOf(large) }, undefined],
  ])("%s", (_, more, expected) => {
    expect(start(more)).toBe(expected);
  });
});

describe("a copy that is under way", () => {
  test.each<[string, Partial<Snapshot>, boolean]>([
    ["goes on while it is wanted", { wanted: [large], copying: copyingOf(large) }, false],
    ["goes on though a smaller one is wanted now", { wanted: [small, large], copying: copyingOf(large) }, false],
    [
      "goes on when one more deployment names it",
      { wanted: [{ ...large, deployments: ["x", "y"] }], copying: copyingOf(large) },
      false,
    ],
    ["is left when nobody names it", { wanted: [small], copying: copyingOf(large) }, true],
    ["is left when other content is wanted", { wanted: [{ ...large, digests: [b] }], copying: copyingOf(large) }, true],
    [
      "is left when its place is another's too",
      { wanted: [{ ...large, collides: true }], copying: copyingOf(large) },
      true,
    ],
  ])("%s", (_, more, stops) => {
    expect(plan(snapshot(more), folderOf)).toMatchObject({ stop: stops });
  });
});

describe("what is told of a model", () => {
  test.each<[string, Wanted, Partial<Snapshot>, ModelState]>([
    ["it is there", small, { present: new Map([["small", a]]) }, "Present"],
    [
      "it is there, whatever failed before",
      small,
      { present: new Map([["small", a]]), failures: new Map([failure(small)]) },
      "Present",
    ],
    ["it waits for its turn", small, { copying: copyingOf(large) }, "Copying"],
    ["it failed", small, { failures: new Map([failure(small)]) }, "Failing"],
    ["it is tried again now", small, { failures: new Map([failure(small)]), copying: copyingOf(small) }, "Copying"],
    [
      "its registry has nothing that may be copied",
      small,
      { failures: new Map([failure(small, { refused: true })]) },
      "Refused",
    ],
    ["nobody knows what it is", model("small", { digests: [] }), {}, "Unresolved"],
    ["another has its place", model("small", { collides: true }), {}, "Collides"],
  ])("%s", (_, wanted, more, state) => {
    expect(plan(snapshot({ ...more, wanted: [wanted] }), folderOf).states.get("small")).toBe(state);
  });
});

describe("parts on the disk", () => {
  const staged = [folderOf(small), folderOf(large)];
  test("stay for what is wanted, and go when nobody names it", () => {
    expect(plan(snapshot({ wanted: [small], staged }), folderOf).discard).toEqual([folderOf(large)]);
  });
  test("stay while a copy is under way", () => {
    expect(plan(snapshot({ wanted: [small], staged, copying: copyingOf(large) }), folderOf).discard).toEqual([]);
  });
});

describe("the next look", () => {
  test.each<[string, Partial<Snapshot>, number]>([
    ["comes after a while, though nothing happens", { wanted: [small] }, defaultLimits.lookMs],
    ["comes when one that failed is tried again", { wanted: [small], failures: new Map([failure(small)]) }, 5_000],
    [
      "comes no later for one that is tried in an hour",
      { wanted: [small], failures: new Map([failure(small, { retryAt: now + 3_600_000 })]) },
      defaultLimits.lookMs,
    ],
  ])("%s", (_, more, afterMs) => {
    expect(plan(snapshot(more), folderOf).wakeAt).toBe(now + afterMs);
  });
});
