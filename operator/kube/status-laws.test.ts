import { describe, expect, test } from "vitest";
import type { Condition } from "./conditions.ts";
import type { KubeObject } from "./resource.ts";
import { type StatusLaws, statusViolations } from "./status-laws.ts";

const now = Date.UTC(2026, 0, 2);
const laws: StatusLaws = { positive: ["Placed"], negative: ["Degraded"], types: ["Ready", "Placed", "Degraded"] };

function condition(type: string, fields: Partial<Condition> = {}): Condition {
  return {
    type,
    status: "True",
    reason: "Fine",
    message: "all is well",
    observedGeneration: 2,
    lastTransitionTime: "2026-01-01T00:00:00Z",
    ...fields,
  };
}

function object(conditions: Partial<Condition>[], observedGeneration: unknown = 2): KubeObject {
  const status = { conditions, ...(observedGeneration === null ? {} : { observedGeneration }) };
  return Object.assign({ apiVersion: "v1", kind: "Thing", metadata: { name: "a", generation: 2 } }, { status });
}

const placed = condition("Placed");
const ready = condition("Ready");

describe("a legal status", () => {
  test.each<[string, KubeObject]>([
    ["no status yet", { apiVersion: "v1", kind: "Thing", metadata: { name: "a", generation: 1 } }],
    ["a status without conditions", object([], null)],
    ["ready", object([ready, placed])],
    [
      "not ready because of a step",
      object([condition("Ready", { status: "False" }), condition("Placed", { status: "False" })]),
    ],
    ["not ready because a step is not known yet", object([condition("Ready", { status: "Unknown" })])],
    [
      "not ready because of a bad one",
      object([condition("Ready", { status: "False" }), placed, condition("Degraded")]),
    ],
    [
      "still at the generation before",
      object([condition("Ready", { observedGeneration: 1 }), condition("Placed", { observedGeneration: 1 })], 1),
    ],
    [
      "a time within the clocks' difference",
      object([condition("Ready", { lastTransitionTime: "2026-01-02T00:00:01Z" }), placed]),
    ],
  ])("%s", (_, legal) => {
    expect(statusViolations(legal, now, laws)).toEqual([]);
  });
});

describe("an illegal status", () => {
  test.each<[string, KubeObject, string]>([
    ["observes a generation to come", object([], 3), "law 1"],
    ["observes a generation that is no number", object([], "2"), "law 1"],
    ["has conditions and does not say of which generation", object([ready, placed], null), "law 2"],
    ["has a type twice", object([ready, placed, placed]), "law 3"],
    ["has a type that is no word", object([ready, placed, condition("is-bad")]), "law 4"],
    ["has a type nobody knows", object([ready, placed, condition("Surprise")]), "law 4"],
    ["has a status that is none of three", object([ready, { ...placed, status: "true" as "True" }]), "law 5"],
    ["has no reason", object([ready, condition("Placed", { reason: "" })]), "law 6"],
    ["has a sentence for a reason", object([ready, condition("Placed", { reason: "it fits" })]), "law 6"],
    ["has no message", object([ready, condition("Placed", { message: " " })]), "law 7"],
    ["has a terminal escape in a message", object([ready, condition("Placed", { message: "\u001b[31mred" })]), "law 7"],
    ["has a line break in a message", object([ready, condition("Placed", { message: "a\nb" })]), "law 7"],
    ["has a time that is none", object([ready, condition("Placed", { lastTransitionTime: "yesterday" })]), "law 8"],
    ["has a time that is a date", object([ready, condition("Placed", { lastTransitionTime: "2026-01-01" })]), "law 8"],
    [
      "has a day that no month has",
      object([ready, condition("Placed", { lastTransitionTime: "2026-13-41T00:00:00Z" })]),
      "law 8",
    ],
    [
      "changed in the future",
      object([ready, condition("Placed", { lastTransitionTime: "2026-01-02T00:01:00Z" })]),
      "law 8",
    ],
    [
      "has a condition of no generation",
      object([ready, condition("Placed", { observedGeneration: undefined })]),
      "law 9",
    ],
    [
      "has a condition of a generation to come",
      object([ready, condition("Placed", { observedGeneration: 3 })]),
      "law 9",
    ],
    ["has a condition ahead of the status", object([condition("Placed")], 1), "law 9"],
    ["has conditions but no summary", object([placed]), "law 10"],
    ["is ready for another generation", object([condition("Ready", { observedGeneration: 1 }), placed]), "law 11"],
    ["is ready and degraded", object([ready, placed, condition("Degraded")]), "law 12"],
    ["is ready while a step failed", object([ready, condition("Placed", { status: "False" })]), "law 13"],
    ["is ready while a step is missing", object([ready]), "law 13"],
    ["is not ready and nothing says why", object([condition("Ready", { status: "False" }), placed]), "law 14"],
  ])("%s", (_, illegal, law) => {
    const violations = statusViolations(illegal, now, laws);
    expect(violations.filter((words) => words.includes(`${law}:`))).not.toEqual([]);
    for (const words of violations) expect(words).toMatch(/^Thing a: /);
  });

  test("a reason outside the known ones is found when they are given", () => {
    const found = statusViolations(object([ready, placed]), now, { ...laws, reasons: ["Other"] });
    expect(found).toHaveLength(2);
  });
});
