import { describe, expect, test } from "vitest";
import { diffLinesMax, lineCharsMax } from "./limits.ts";
import { sameWritten, written } from "./written.ts";
import { yamlDiff } from "./yaml-diff.ts";

const deployment = (spec: unknown, metadata: Record<string, unknown> = {}) =>
  written("ModelDeployment", { metadata: { name: "a", ...metadata }, spec });

describe("a diff", () => {
  test("shows what changes with three lines around it", () => {
    const spec = { model: { ollama: "a:1" }, context: 4096, replicas: 1, priority: 0, update: "Propose" };
    expect(yamlDiff(deployment(spec), deployment({ ...spec, replicas: 2 }))).toEqual([
      "@@ -5,5 +5,5 @@",
      "   model:",
      "     ollama: a:1",
      "   priority: 0",
      "-  replicas: 1",
      "+  replicas: 2",
      "   update: Propose",
    ]);
  });

  test("of what comes is all of it, of what goes too", () => {
    const lines = ["metadata:", "  name: a", "spec:", "  replicas: 1"];
    expect(yamlDiff(undefined, deployment({ replicas: 1 }))).toEqual([
      "@@ -0,0 +1,4 @@",
      ...lines.map((line) => `+${line}`),
    ]);
    expect(yamlDiff(deployment({ replicas: 1 }), undefined)).toEqual([
      "@@ -1,4 +0,0 @@",
      ...lines.map((line) => `-${line}`),
    ]);
  });

  test.each([
    ["nothing", { a: 1 }, { a: 1 }],
    ["another order", { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }],
  ])("is empty for %s", (_, was, becomes) => {
    expect(yamlDiff(deployment(was), deployment(becomes))).toEqual([]);
  });

  test("is empty for what the API server adds", () => {
    const served = {
      uid: "u",
      resourceVersion: "9",
      generation: 3,
      creationTimestamp: "x",
      managedFields: [{}],
      finalizers: ["f"],
    };
    const live = written("ModelDeployment", {
      metadata: { name: "a", ...served },
      spec: { a: 1 },
      ...{ status: { b: 2 } },
    });
    expect(yamlDiff(live, deployment({ a: 1 }))).toEqual([]);
    expect(sameWritten(live, deployment({ a: 1 }))).toBe(true);
  });

  test("shows labels and annotations, and not what kubectl writes down for itself", () => {
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
    expect(yamlDiff(deployment({}, { annotations }), deployment({}, { labels: { gpu: "a" } })).join("\n")).toBe(
      "@@ -1,3 +1,5 @@\n metadata:\n+  labels:\n+    gpu: a\n   name: a\n spec: {}",
    );
  });

  test("never shows members' keys", () => {
    const member = (keys: unknown) => written("Member", { metadata: { name: "a" }, spec: { roles: ["member"], keys } });
    expect(yamlDiff(undefined, member([{ sha256: "f".repeat(64) }])).join()).not.toContain("fff");
    expect(yamlDiff(member([1]), member([2]))).toEqual([]);
  });

  test("has no line that a terminal obeys", () => {
    const text = yamlDiff(undefined, deployment({ system: "\u001b[31mred \u202e\nnext" })).join("");
    expect(text).toContain("[31mred");
    expect(["\u001b", "\u202e"].filter((character) => text.includes(character))).toEqual([]);
  });

  test("is bounded in lines and in their length", () => {
    const long = yamlDiff(
      undefined,
      deployment(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i]))),
    );
    expect(long).toHaveLength(diffLinesMax);
    expect(long.at(-1)).toBe("… 605 more lines");
    const wide = yamlDiff(undefined, deployment({ system: "x".repeat(20_000) }));
    expect(Math.max(...wide.map(({ length }) => length))).toBe(lineCharsMax);
  });

  test("of two large objects without a common line shows both, and does not search for long", () => {
    const many = (prefix: string) =>
      deployment(Object.fromEntries(Array.from({ length: 1_200 }, (_, i) => [`${prefix}${i}`, i])));
    expect(yamlDiff(many("a"), many("b"))[0]).toBe("-metadata:");
  });
});
