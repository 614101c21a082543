import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Condition,
  type ConditionStatus,
  findCondition,
  removeCondition,
  setCondition,
  setConditions,
  sinceTransition,
  summarise,
} from "./conditions.ts";

const start = Date.UTC(2026, 0, 1);
const later = start + 90_000;
const startTime = "2026-01-01T00:00:00Z";

function condition(fields: Partial<Condition> = {}): Condition {
  return {
    type: "Placed",
    status: "True",
    reason: "Fits",
    message: "it fits",
    observedGeneration: 1,
    lastTransitionTime: startTime,
    ...fields,
  };
}

describe("setCondition", () => {
  test.each([
    ["the reason changed", { reason: "Moved" }, startTime],
    ["the message changed", { message: "it fits on b" }, startTime],
    ["the generation changed", { observedGeneration: 2 }, startTime],
    ["the status changed", { status: "False" as const }, "2026-01-01T00:01:30Z"],
  ])("lastTransitionTime changes only when the status does: %s", (_, change, time) => {
    const { lastTransitionTime, ...before } = condition();
    const [after] = setCondition([condition()], { ...before, ...change }, later);
    expect(after).toEqual({ ...before, ...change, lastTransitionTime: time });
  });

  test("a finding that says nothing new gives the very same list", () => {
    const list = [condition(), condition({ type: "Ready" })];
    const { lastTransitionTime, ...same } = condition();
    expect(setCondition(list, same, later)).toBe(list);
  });

  test("the list that was given is never changed", () => {
    const list = Object.freeze([Object.freeze(condition())]);
    const next = setCondition(list, { type: "Placed", status: "False", reason: "Full", message: "no room" }, later);
    expect(list[0]?.status).toBe("True");
    expect(next[0]?.status).toBe("False");
  });

  test("a message longer than the API allows is cut to its bound", () => {
    const [long] = setCondition([], { type: "A", status: "False", reason: "B", message: "x".repeat(40_000) }, start);
    expect(long?.message).toHaveLength(32_768);
  });

  test("whatever is set in whatever order, each type is there once and its time never goes back", () => {
    const finding = fc.record({
      type: fc.constantFrom("A", "B", "C"),
      status: fc.constantFrom<ConditionStatus>("True", "False", "Unknown"),
      reason: fc.constantFrom("X", "Y"),
      message: fc.constantFrom("m", "n"),
    });
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 30 }), (findings) => {
        let list: readonly Condition[] = [];
        for (const [index, each] of findings.entries()) {
          const before = findCondition(list, each.type);
          list = setCondition(list, each, start + index * 1_000);
          const after = findCondition(list, each.type);
          expect(after).toMatchObject(each);
          if (before?.status === each.status) expect(after?.lastTransitionTime).toBe(before.lastTransitionTime);
          else expect(Date.parse(after?.lastTransitionTime ?? "")).toBe(start + index * 1_000);
        }
        expect(new Set(list.map(({ type }) => type)).size).toBe(list.length);
      }),
    );
  });
});

test("removeCondition gives the very same list when there is nothing to remove", () => {
  const list = [condition()];
  expect(removeCondition(list, "Other")).toBe(list);
  expect(removeCondition(list, "Placed")).toEqual([]);
});

test("sinceTransition is never negative, and nothing for a condition that is not there", () => {
  expect(sinceTransition([condition()], "Placed", later)).toBe(90_000);
  expect(sinceTransition([condition()], "Placed", start - 5)).toBe(0);
  expect(sinceTransition([condition()], "Other", later)).toBeUndefined();
});

describe("summarise", () => {
  const rules = {
    target: "Ready",
    positive: ["Resolved", "Placed"],
    negative: ["Stalled", "Degraded"],
    ready: { reason: "Serving", message: "all is well" },
  };
  const is = (type: string, status: ConditionStatus): Condition =>
    condition({ type, status, reason: `${type}Reason`, message: `${type} message` });
  const well = [is("Resolved", "True"), is("Placed", "True")];

  test.each<[string, Condition[], ConditionStatus, string]>([
    ["all positive True and nothing bad: True, with the words for it", well, "True", "Serving"],
    [
      "bad ones that are False or Unknown do not count",
      [...well, is("Degraded", "False"), is("Stalled", "Unknown")],
      "True",
      "Serving",
    ],
    [
      "a bad one comes before a failing positive one",
      [is("Resolved", "False"), is("Degraded", "True")],
      "False",
      "DegradedReason",
    ],
    [
      "of two bad ones the graver speaks",
      [...well, is("Degraded", "True"), is("Stalled", "True")],
      "False",
      "StalledReason",
    ],
    [
      "the first step that is not done speaks",
      [is("Placed", "False"), is("Resolved", "False")],
      "False",
      "ResolvedReason",
    ],
    [
      "an unknown step makes it Unknown",
      [is("Resolved", "Unknown"), is("Placed", "True")],
      "Unknown",
      "ResolvedReason",
    ],
    ["a missing step counts as unknown", [is("Resolved", "True")], "Unknown", "PlacedUnknown"],
    ["no conditions at all", [], "Unknown", "ResolvedUnknown"],
  ])("%s", (_, conditions, status, reason) => {
    expect(summarise(conditions, rules, 3)).toMatchObject({ type: "Ready", status, reason, observedGeneration: 3 });
  });

  test("the summary of a summary is the same: it is not made from itself", () => {
    const once = setConditions(well, [summarise(well, rules, 1)], start);
    expect(setConditions(once, [summarise(once, rules, 1)], later)).toBe(once);
  });
});
