/** Whose time has come. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueCommit } from "./due.ts";

const commit = (index: number, appliesAt: number) => ({
  commit: `c${index}`,
  tree: `t${index}`,
  at: 0,
  appliesAt,
  index,
});

describe("what is due", () => {
  test.each<[string, number[], number, string, number | undefined]>([
    ["the genesis at once", [], 0, "c0", undefined],
    ["nothing but the genesis while the first timelock runs", [10], 9, "c0", 10],
    ["a commit from the end of its timelock on", [10], 10, "c1", undefined],
    ["not a short timelock above a long one", [100, 20], 50, "c0", 100],
    ["both when the long one below has ended", [100, 20], 100, "c2", undefined],
    ["a long one does not hold back what lies below it", [10, 100], 50, "c1", 100],
    ["the third waits for the second, whatever its own", [10, 100, 20], 60, "c1", 100],
  ])("%s", (_, timelocks, now, due, nextAt) => {
    const found = dueCommit([commit(0, 0), ...timelocks.map((at, index) => commit(index + 1, at))], now);
    expect([found.commit.commit, found.nextAt]).toEqual([due, nextAt]);
  });

  test("never holds a commit whose own timelock, or that of one below, still runs; and never goes back as time goes on", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 50 }), { maxLength: 8 }),
        fc.nat({ max: 60 }),
        fc.nat({ max: 60 }),
        (locks, a, b) => {
          const all = [commit(0, 0), ...locks.map((at, index) => commit(index + 1, at))] as const;
          const [early, late] = [Math.min(a, b), Math.max(a, b)];
          const found = dueCommit([...all] as never, early).commit.index;
          expect(all.slice(0, found + 1).every(({ appliesAt }) => appliesAt <= early)).toBe(true);
          expect(dueCommit([...all] as never, late).commit.index).toBeGreaterThanOrEqual(found);
        },
      ),
    );
  });
});
