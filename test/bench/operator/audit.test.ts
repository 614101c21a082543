import { expect, test } from "vitest";
import { type AuditEntry, requestsOf, sumOf } from "./audit.ts";

const at = Date.parse("2026-11-23T12:00:00Z");

function entry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return {
    stage: "ResponseComplete",
    verb: "patch",
    user: { username: "operator" },
    objectRef: { resource: "modeldeployments", subresource: "status" },
    requestReceivedTimestamp: new Date(at).toISOString(),
    ...overrides,
  };
}

const span = { fromMs: at - 1, toMs: at + 1 };

test("requests are counted by what they did to what", () => {
  const entries = [
    entry(),
    entry(),
    entry({ verb: "get", objectRef: { resource: "secrets" } }),
    entry({ verb: "get", objectRef: {} }),
  ];
  const counts = requestsOf(entries, "operator", span);
  expect([...counts]).toEqual([
    ["patch modeldeployments/status", 2],
    ["get secrets", 1],
    ["get (no object)", 1],
  ]);
  expect(sumOf(counts)).toBe(4);
  expect(sumOf(counts, (what) => what.endsWith("/status"))).toBe(2);
});

test.each([
  { name: "somebody else's", entry: entry({ user: { username: "admin" } }) },
  { name: "one before the span", entry: entry({ requestReceivedTimestamp: new Date(at - 10).toISOString() }) },
  { name: "one at the span's end", entry: entry({ requestReceivedTimestamp: new Date(at + 1).toISOString() }) },
  { name: "the end of a watch", entry: entry({ verb: "watch" }) },
  { name: "the first half of a long answer", entry: entry({ stage: "ResponseStarted" }) },
])("$name does not count", ({ entry }) => {
  expect(requestsOf([entry], "operator", span).size).toBe(0);
});

test("a watch counts when it begins, however long it lasts", () => {
  const watch = entry({ verb: "watch", stage: "ResponseStarted", objectRef: { resource: "modelhosts" } });
  expect([...requestsOf([watch], "operator", span)]).toEqual([["watch modelhosts", 1]]);
});
