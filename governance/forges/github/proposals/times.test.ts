import { describe, expect, test } from "vitest";
import { happened, head, minutes, oldHead, person, pull, start } from "./said.fixture.ts";
import { headOf, openedAt, pushOf } from "./times.ts";

const pusher = person(205);
const activity = (after: string, at: number, ref = "refs/heads/proposal") => ({
  after,
  ref,
  timestamp: at,
  actor: pusher,
});

describe("a proposal is open", () => {
  test.each([
    ["since the pull request was", [], start],
    ["since it was turned to the policy branch", [happened("base_ref_changed", minutes(90))], minutes(90)],
    ["since GitHub turned it there by itself", [happened("automatic_base_change_succeeded", minutes(90))], minutes(90)],
    ["from the first time on, though it was closed in between", [happened("reopened", minutes(90))], start],
  ])("%s", (_, events, at) => expect(openedAt(pull(7), events)).toBe(at));
});

describe("the push of a head", () => {
  test.each([
    ["is the one that ended there", [activity(head, minutes(5))], { at: minutes(5), by: pusher }],
    [
      "is the latest that ended there",
      [activity(head, minutes(9)), activity(head, minutes(5))],
      { at: minutes(9), by: pusher },
    ],
    ["is none that ended elsewhere", [activity(oldHead, minutes(5))], undefined],
    ["is none of another branch", [activity(head, minutes(5), "refs/heads/other")], undefined],
    ["is not known where nothing is told", [], undefined],
  ])("%s", (_, list, push) => expect(pushOf(pull(7), list)).toEqual(push));

  test("of a closed account is by nobody", () => {
    expect(pushOf(pull(7), [{ ...activity(head, minutes(5)), actor: null }])?.by).toBeUndefined();
  });
});

describe("a head", () => {
  test("of which no push is told has neither time nor pusher", () => {
    expect(headOf(pull(7), [happened("reopened", minutes(90))], undefined)).toEqual({ oid: head });
  });

  test("that was pushed later is there since then, by who pushed it", () => {
    expect(headOf(pull(7), [], { at: minutes(5), by: pusher })).toEqual({
      oid: head,
      since: minutes(5),
      pushedBy: pusher,
    });
  });

  test("that was there at the opening is its author's", () => {
    const push = { at: minutes(-5), by: pusher };
    expect(headOf(pull(7), [], push)).toEqual({ oid: head, since: start, pushedBy: person(101) });
  });

  test("is looked at anew since it was opened again", () => {
    const push = { at: minutes(5), by: pusher };
    expect(headOf(pull(7), [happened("reopened", minutes(90))], push).since).toBe(minutes(90));
  });

  test("is looked at since it was turned to the policy branch", () => {
    const push = { at: minutes(5), by: pusher };
    expect(headOf(pull(7), [happened("base_ref_changed", minutes(90))], push).since).toBe(minutes(90));
  });
});
