import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventBudget } from "./event-budget.ts";
import { newEvent, seriesKey } from "./event-object.ts";
import type { EventInput } from "./events.ts";

const regarding = { apiVersion: "v1", kind: "Thing", namespace: "ns", name: "a", uid: "u" };
const event: EventInput = { type: "Normal", reason: "Pulled", action: "Pull", note: "the model is here" };
const facts = { regarding, event, controller: "example.org/operator", instance: "host-1", now: 0, sequence: 1 };

describe("newEvent", () => {
  test("events about cluster-wide objects live in default", () => {
    expect(newEvent({ ...facts, regarding: { ...regarding, namespace: undefined } }).metadata.namespace).toBe(
      "default",
    );
  });

  test("names differ from event to event and stay within what the server allows", () => {
    const long = { ...facts, regarding: { ...regarding, name: `${"x".repeat(235)}.${"y".repeat(17)}` } };
    const names = [1, 2].map((sequence) => newEvent({ ...long, sequence }).metadata.name);
    expect(names[0]).not.toBe(names[1]);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(253);
  });

  test("any note fits in 1,024 bytes and holds no control character and no broken letter", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 0, maxLength: 2_000 }), (note) => {
        const sent = newEvent({ ...facts, event: { ...event, note } }).note ?? "";
        expect(Buffer.byteLength(sent)).toBeLessThanOrEqual(1_024);
        expect(sent).not.toMatch(/\p{Cc}|\p{Cs}/u);
      }),
      { numRuns: 50 },
    );
  });
});

describe("seriesKey", () => {
  const key = seriesKey(regarding, event);
  test.each([
    ["another note", regarding, { ...event, note: "2 of 3 hosts" }],
    ["another reason", regarding, { ...event, reason: "Failed" }],
    ["another type", regarding, { ...event, type: "Warning" as const }],
    ["another object", { ...regarding, name: "b" }, event],
    ["an object made anew under the name", { ...regarding, uid: "v" }, event],
    ["another related object", regarding, { ...event, related: { kind: "Host", name: "h" } }],
  ])("%s is another series", (_, object, other) => {
    expect(seriesKey(object, other)).not.toBe(key);
  });

  test("another version of the object is the same series", () => {
    expect(seriesKey({ ...regarding, resourceVersion: "9" }, { ...event })).toBe(key);
  });
});

describe("EventBudget", () => {
  test("a burst, then one more for each interval, each object on its own", () => {
    const budget = new EventBudget(2, 1_000);
    const spend = (object: string, now: number): boolean => {
      try {
        budget.spend(object, now);
        return true;
      } catch {
        return false;
      }
    };
    expect([spend("a", 0), spend("a", 0), spend("a", 0), spend("b", 0)]).toEqual([true, true, false, true]);
    expect([spend("a", 999), spend("a", 1_000), spend("a", 1_001)]).toEqual([false, true, false]);
    expect([spend("a", 60_000), spend("a", 60_000), spend("a", 60_000)]).toEqual([true, true, false]);
  });
});
