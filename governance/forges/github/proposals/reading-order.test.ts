import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import type { Pull } from "../api/shapes.ts";
import { type ReadingLimits, type ReadState, readingOrder } from "./reading-order.ts";
import { minutes, person, pull } from "./said.fixture.ts";

const member = person(101);
const outsider = person(666);
const isMember = (id: number): boolean => id === 101;
const limits: ReadingLimits = { othersMax: 2, againMax: 1, againMs: 600_000 };
const now = minutes(60);

function orderOf(pulls: readonly Pull[], known: Readonly<Record<number, ReadState>> = {}, bounds = limits): number[] {
  return readingOrder(pulls, (number) => known[number], isMember, now, bounds).map((reading) => reading.pull.number);
}

const read = (updatedAt: number, readAt = minutes(59)): ReadState => ({ updatedAt, readAt });
const merged = (number: number) =>
  pull(number, { user: outsider, state: "closed", merged_at: minutes(1), updated_at: minutes(1) });

describe("in one pass", () => {
  test("merges are read first, then members' proposals, then the rest", () => {
    const pulls = [pull(1, { user: outsider }), pull(2, { user: member }), merged(3)];
    expect(readingOrder(pulls, () => undefined, isMember, now, limits)).toEqual([
      { pull: pulls[2], tier: "essential" },
      { pull: pulls[1], tier: "members" },
      { pull: pulls[0], tier: "others" },
    ]);
  });

  test("what did not change since it was read is not read", () => {
    expect(orderOf([pull(1, { updated_at: minutes(2) })], { 1: read(minutes(2)) })).toEqual([]);
  });

  test("what changed is read", () => {
    expect(orderOf([pull(1, { updated_at: minutes(3) })], { 1: read(minutes(2)) })).toEqual([1]);
  });

  test("what was read in the second of its last change is read again: something may have been missed", () => {
    const state = { updatedAt: minutes(2), readAt: minutes(2) + 500 };
    expect(orderOf([pull(1, { updated_at: minutes(2) })], { 1: state })).toEqual([1]);
  });

  test("what did not change is looked at again after a while, those that waited longest first", () => {
    const old = { updatedAt: minutes(2), readAt: minutes(40) };
    const older = { updatedAt: minutes(2), readAt: minutes(30) };
    const pulls = [pull(1, { updated_at: minutes(2) }), pull(2, { updated_at: minutes(2) })];
    expect(orderOf(pulls, { 1: old, 2: older })).toEqual([2]);
  });

  test("what ended is not looked at again", () => {
    expect(orderOf([merged(1)], { 1: { updatedAt: minutes(1), readAt: minutes(2) } })).toEqual([]);
  });

  test("of others' proposals only so many are read, of members' all", () => {
    const pulls = [1, 2, 3, 4, 5, 6].map((number) => pull(number, { user: number < 4 ? outsider : member }));
    expect(orderOf(pulls)).toEqual([4, 5, 6, 1, 2]);
  });

  test("a flood does not keep a member's proposal from being read first", () => {
    const flood = Array.from({ length: 1_000 }, (_, at) => pull(at + 1, { user: outsider }));
    expect(orderOf([...flood, pull(1_001, { user: member })])[0]).toBe(1_001);
  });
});

test("whoever changes theirs however often, every proposal is read in the end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 12 }), fc.infiniteStream(fc.boolean()), (count, isTouched) => {
      const known: Record<number, ReadState> = {};
      const touched = isTouched[Symbol.iterator]();
      // The last one is somebody's only proposal; the others belong to who changes them all the time.
      let pulls = Array.from({ length: count }, (_, at) => pull(at + 1, { user: outsider }));
      const passes = Math.ceil(count / limits.othersMax);
      for (let pass = 1; pass <= passes; pass++) {
        const at = minutes(60 + pass);
        pulls = pulls.map((one) => {
          return one.number < count && touched.next().value ? { ...one, updated_at: at } : one;
        });
        const order = readingOrder(pulls, (number) => known[number], isMember, at, limits);
        for (const { pull: one } of order) known[one.number] = { updatedAt: one.updated_at, readAt: at };
      }
      expect(known[count]).toBeDefined();
    }),
    runs(100),
  );
});
