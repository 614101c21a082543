import { describe, expect, test } from "vitest";
import { addFinalizerPatch, removeFinalizerPatch } from "./finalizers.ts";
import type { KubeObject, ObjectMeta } from "./resource.ts";

const ours = "example.org/clean-up";

function object(metadata: Partial<ObjectMeta>): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", resourceVersion: "7", ...metadata } };
}

describe("addFinalizerPatch", () => {
  test.each<[string, KubeObject, string[] | undefined]>([
    ["to an object with none", object({}), [ours]],
    ["behind those of others", object({ finalizers: ["other/x"] }), ["other/x", ours]],
    ["nothing when it is there", object({ finalizers: [ours] }), undefined],
    ["nothing on an object being deleted", object({ deletionTimestamp: "2026-01-01T00:00:00Z" }), undefined],
  ])("%s", (_, before, finalizers) => {
    expect(addFinalizerPatch(before, ours)?.metadata.finalizers).toEqual(finalizers);
  });
});

describe("removeFinalizerPatch", () => {
  test.each<[string, KubeObject, string[] | undefined]>([
    ["the last one", object({ finalizers: [ours] }), []],
    ["from among those of others", object({ finalizers: ["x/y", ours, "z/w"] }), ["x/y", "z/w"]],
    ["nothing when it is not there", object({ finalizers: ["x/y"] }), undefined],
    ["also on an object being deleted", object({ finalizers: [ours], deletionTimestamp: "t" }), []],
  ])("%s", (_, before, finalizers) => {
    expect(removeFinalizerPatch(before, ours)?.metadata.finalizers).toEqual(finalizers);
  });
});

test("the version that was read goes along, so that a list changed in between is never overwritten", () => {
  expect(addFinalizerPatch(object({}), ours)?.metadata.resourceVersion).toBe("7");
});

test("an object that was not read from the server is refused: its list is not known", () => {
  expect(() => addFinalizerPatch(object({ resourceVersion: undefined }), ours)).toThrow("was not read from the server");
});
