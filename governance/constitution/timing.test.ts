import { describe, expect, test } from "vitest";
import {
  accountOf,
  ballot,
  change,
  day,
  hour,
  judge,
  mergedAt,
  no,
  opened,
  person,
  sentencesOf,
  snapshotOf,
  type World,
  yes,
} from "./cases/world.fixture.ts";
import { evaluate } from "./evaluate.ts";
import { ImplausibleError } from "./plausible.ts";

const policy = [change("routes/all.yaml")];

describe("a push", () => {
  const pushed = (since: number): NonNullable<World["proposal"]> => ({
    head: {
      sha: "2222",
      since,
      pushedBy: accountOf(person(1)),
      signature: { key: person(1).sshKeys[0]!, isValid: true },
    },
  });

  test.each<[string, World, number, string, string]>([
    [
      "resets votes",
      { proposal: pushed(opened + 2 * hour), ballots: [yes(2)] },
      3 * day,
      "open",
      "A ballot of bob is for 111111111111; since then 2222 was pushed",
    ],
    [
      "resets the least time for votes",
      { proposal: pushed(opened + 2 * hour), ballots: [ballot(person(2), "yes", { head: "2222" })] },
      day,
      "open",
      "from 2026-01-11T02:00:00Z on",
    ],
    [
      "does not reset the most time, so that nothing lives for ever",
      {
        proposal: pushed(opened + 6.5 * day),
        ballots: [ballot(person(2), "yes", { head: "2222", at: opened + 6.6 * day })],
      },
      6.7 * day,
      "open",
      "voting ends at 2026-01-17T00:00:00Z: open it again",
    ],
    [
      "too late for the least time lets it expire",
      {
        proposal: pushed(opened + 6.5 * day),
        ballots: [ballot(person(2), "yes", { head: "2222", at: opened + 6.6 * day })],
      },
      7 * day,
      "expired",
      "open it again",
    ],
  ])("%s", (_, world, after, state, words) => {
    const verdict = judge(world, opened + after);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });
});

describe("a merge", () => {
  test.each<[string, World, number, string, string]>([
    [
      "of what has passed is ratified",
      { ballots: [yes(2)], merged: mergedAt(opened + 2 * day) },
      3 * day,
      "passed",
      "reach",
    ],
    [
      "before the period is over is not",
      { ballots: [yes(2)], merged: mergedAt(opened + 2 * hour) },
      30 * day,
      "rejected",
      "It was merged at 2026-01-10T02:00:00Z without having passed.",
    ],
    ["without votes is not", { merged: mergedAt(opened + 2 * day) }, 30 * day, "rejected", "without having passed"],
    [
      "before its own time is not there yet",
      { ballots: [yes(2)], merged: mergedAt(opened + 3 * day) },
      2 * day,
      "passed",
      "reach",
    ],
    [
      "long after the end comes too late",
      { ballots: [yes(2)], merged: mergedAt(opened + 40 * day) },
      50 * day,
      "expired",
      "It had passed, but was merged at 2026-02-19T00:00:00Z",
    ],
  ])("%s", (_, world, after, state, words) => {
    const verdict = judge(world, opened + after);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("ends the vote: a no that comes after it does not count, a no before it does", () => {
    const before = { ballots: [yes(2), no(2, opened + day)], merged: mergedAt(opened + 2 * day) };
    const late = no(2, opened + day);
    const after = { ballots: [yes(2), late], merged: { at: opened + 2 * day, sequence: late.sequence - 1 } };
    expect(judge(before, opened + 3 * day).state).toBe("rejected");
    expect(judge({ ...after, ballots: [{ ...yes(2), sequence: 1 }, late] }, opened + 3 * day).state).toBe("passed");
  });

  test("its timelock begins with it", () => {
    const merged = mergedAt(opened + 5 * day);
    expect(judge({ ballots: [{ ...yes(2), sequence: 1 }], merged }, opened + 6 * day).appliesAt).toBe(
      opened + 5 * day + hour,
    );
  });
});

describe("a late quorum", () => {
  test("leaves a day to answer, in which no counts", () => {
    const late = [yes(2, opened + 14 * day - hour)];
    const world = { changes: policy, ballots: late };
    expect(judge(world, opened + 14 * day)).toMatchObject({ state: "open", closesAt: opened + 15 * day - hour });
    expect(sentencesOf(judge(world, opened + 14 * day))).toContain(
      "The quorum was reached only at 2026-01-23T23:00:00Z: others have until 2026-01-24T23:00:00Z to answer.",
    );
    expect(judge(world, opened + 15 * day - hour).state).toBe("passed");
    const answered = { ...world, ballots: [...late, no(3, opened + 14.5 * day), no(2, opened + 14.6 * day)] };
    expect(judge(answered, opened + 15 * day).state).toBe("rejected");
  });

  test("does not let more yes come in the extension", () => {
    const world = { changes: policy, ballots: [no(2, opened + 14 * day - hour), yes(3, opened + 14 * day + hour)] };
    const verdict = judge(world, opened + 16 * day);
    expect(verdict.state).toBe("rejected");
    expect(sentencesOf(verdict)).toContain("A yes of carol came in the extension until 2026-01-24T23:00:00Z");
  });

  test("extends nothing where the quorum was there in time", () => {
    const world = { changes: policy, ballots: [yes(2), no(3, opened + 14 * day + 1)] };
    const verdict = judge(world, opened + 20 * day);
    expect(verdict).toMatchObject({ state: "passed", closesAt: opened + 14 * day });
    expect(sentencesOf(verdict)).toContain(
      "A ballot of carol came at 2026-01-24T00:00:00Z; voting ended at 2026-01-24T00:00:00Z.",
    );
  });
});

describe("clocks", () => {
  test.each<[string, World, number, string, string]>([
    [
      "jumped back before the opening, nothing passes",
      { ballots: [yes(2)] },
      -day,
      "open",
      "a clock is wrong, so nothing passes",
    ],
    [
      "jumped back, ballots that were there are not yet",
      { ballots: [yes(2)] },
      hour / 2,
      "open",
      "which has not come yet",
    ],
    [
      "jumped forward while a ballot was seen, later ones come no earlier",
      {
        ballots: [
          ballot(person(3), "abstain", { sequence: 8001, at: opened + 8 * day }),
          ballot(person(2), "yes", { sequence: 8002, at: opened + hour }),
        ],
      },
      9 * day,
      "expired",
      "voting ended",
    ],
  ])("%s", (_, world, after, state, words) => {
    const verdict = judge(world, opened + after);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test("jumped back after a merge, what was ratified waits and is not undone", () => {
    const world = { ballots: [{ ...yes(2), sequence: 1 }], merged: mergedAt(opened + 2 * day) };
    expect(judge(world, opened + 2 * hour).state).toBe("open");
    expect(judge(world, opened + 2 * day)).toMatchObject({ state: "passed", appliesAt: opened + 2 * day + hour });
  });

  test.each([
    ["no number", Number.NaN],
    ["a fraction", 0.5],
    ["before 1970", -1],
    ["after the year 9999", 1e15],
  ])("a time that is %s is an error, not a verdict", (_, time) => {
    expect(() => evaluate(snapshotOf({}), time)).toThrow(ImplausibleError);
    expect(() => evaluate(snapshotOf({ ballots: [ballot(person(2), "yes", { at: time })] }), opened)).toThrow(
      ImplausibleError,
    );
    expect(() => evaluate(snapshotOf({ merged: { at: time, sequence: 1 } }), opened)).toThrow(ImplausibleError);
    expect(() =>
      evaluate(
        snapshotOf({ ballots: [ballot(person(2), "yes", { sequence: time === -1 ? -1 : Number.NaN })] }),
        opened,
      ),
    ).toThrow(ImplausibleError);
  });
});
