import { expect, test } from "vitest";
import { cases, inTurns } from "./plan.ts";

const turns = inTurns(["a", "b", "c"], 3);

test("every round runs every case on every variant", () => {
  expect(turns).toHaveLength(3 * cases.length * 3);
  const distinct = new Set(turns.map(({ round, of, variant }) => `${round} ${of.stream} ${of.concurrency} ${variant}`));
  expect(distinct.size).toBe(turns.length);
});

test("variants of one case come right after one another, and each comes first once", () => {
  const order = (round: number) => turns.filter((turn) => turn.round === round).map(({ variant }) => variant);
  expect(order(0).slice(0, 6)).toEqual(["a", "b", "c", "a", "b", "c"]);
  expect(order(1).slice(0, 3)).toEqual(["b", "c", "a"]);
  expect(order(2).slice(0, 3)).toEqual(["c", "a", "b"]);
});

test("nothing to compare is nothing to do", () => {
  expect(inTurns([], 3)).toEqual([]);
});
