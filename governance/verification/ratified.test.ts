/** What the log says is in force, now and before any of its records. */
import { describe, expect, test } from "vitest";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord } from "../log/record.ts";
import { cursorOf } from "./cursor.ts";
import { lastRatified, ratifiedAt, ratifiedCommits } from "./ratified.ts";

const genesis = { kind: "genesis", at: 10, commit: "g", tree: "tg" } as DecisionRecord;
const ratified = (commit: string, at: number, appliesAt?: number): DecisionRecord =>
  ({ kind: "ratified", at, merge: { commit, tree: `t${commit}` }, times: { appliesAt } }) as unknown as DecisionRecord;
const unratified = (commit: string): DecisionRecord => ({ kind: "unratified", at: 25, commit }) as DecisionRecord;
const opened = { kind: "opened", at: 15 } as DecisionRecord;
const log = (...records: DecisionRecord[]): LoggedRecord[] =>
  records.map((record, index) => ({ index, record, digest: String(index) }));

const whole = log(genesis, opened, ratified("a", 20, 50), unratified("x"), ratified("b", 30));

describe("what is ratified", () => {
  test("is the genesis and every ratified merge, with the time from which each may be applied", () => {
    expect(ratifiedCommits(whole).map(({ commit, appliesAt }) => [commit, appliesAt])).toEqual([
      ["g", 10],
      ["a", 50],
      ["b", 30],
    ]);
  });

  test.each([
    [1, "g", "g"],
    [2, "g", "g"],
    [3, "a", "a"],
    [4, "a", "x"],
    [5, "b", "b"],
  ])("before record %i was %s, and the branch was judged up to %s", (end, commit, cursor) => {
    expect(lastRatified(whole, end).commit).toBe(commit);
    expect(ratifiedCommits(whole, end).at(-1)?.commit).toBe(commit);
    expect(cursorOf(whole, end)).toBe(cursor);
  });

  test.each([
    [0, "g"],
    [19, "g"],
    [20, "a"],
    [99, "b"],
  ])("at %i was %s", (time, commit) => {
    expect(ratifiedAt(whole, time).commit).toBe(commit);
  });

  test("at a late time, before an early record, is what that record could know", () => {
    expect(ratifiedAt(whole, 99, 3).commit).toBe("a");
  });

  test("is seen anew when the log grows, and when another log takes its place", () => {
    const growing = log(genesis);
    expect(lastRatified(growing).commit).toBe("g");
    growing.push({ index: 1, record: ratified("a", 20), digest: "1" });
    expect(lastRatified(growing).commit).toBe("a");
    growing.splice(0, 2, ...log({ ...genesis, commit: "h" } as DecisionRecord));
    expect(ratifiedCommits(growing).map(({ commit }) => commit)).toEqual(["h"]);
  });

  test("is nothing in a log without genesis, which is an error of the program", () => {
    expect(() => lastRatified([])).toThrow(/no genesis/);
    expect(() => cursorOf([])).toThrow(/no genesis/);
  });
});
