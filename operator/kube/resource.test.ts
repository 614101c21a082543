import { describe, expect, test } from "vitest";
import { configMaps, leases, nodes } from "./builtin-types.ts";
import { collectionPath, keyOf, objectPath, refOf } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";

describe("paths", () => {
  test.each([
    ["a core collection in a namespace", collectionPath(configMaps, "ns"), "/api/v1/namespaces/ns/configmaps"],
    ["a collection of all namespaces", collectionPath(configMaps), "/api/v1/configmaps"],
    ["a cluster-wide collection, whatever the namespace", collectionPath(nodes, "ns"), "/api/v1/nodes"],
    [
      "an object of a named group",
      objectPath(leases, { namespace: "ns", name: "l" }),
      "/apis/coordination.k8s.io/v1/namespaces/ns/leases/l",
    ],
    ["a subresource", objectPath(nodes, { name: "n" }, "status"), "/api/v1/nodes/n/status"],
    ["a name with a slash stays one segment", objectPath(nodes, { name: "a/../b" }), "/api/v1/nodes/a%2F..%2Fb"],
    ["a name with a query stays one segment", objectPath(nodes, { name: "a?x=1#y" }), "/api/v1/nodes/a%3Fx%3D1%23y"],
  ])("%s", (_, path, expected) => {
    expect(path).toBe(expected);
  });

  test.each([
    ["no name", () => objectPath(nodes, { name: "" }), "is no name"],
    ["a name that would climb", () => objectPath(nodes, { name: ".." }), '".." is no name'],
    ["a name that would vanish", () => objectPath(nodes, { name: "." }), '"." is no name'],
    ["a namespace that would climb", () => collectionPath(configMaps, ".."), '".." is no namespace'],
    [
      "a namespaced object without namespace",
      () => objectPath(configMaps, { name: "a" }),
      "ConfigMap a needs a namespace",
    ],
  ])("refused: %s", (_, build, words) => {
    expect(build).toThrow(words);
  });

  test.each(["ns/name", "name"])("key %s and reference are two forms of one", (key) => {
    expect(keyOf(refOf(key))).toBe(key);
  });
});

describe("compareVersions", () => {
  test.each([
    ["fewer digits are less", "9", "10", -1],
    ["more digits are more", "100", "99", 1],
    ["equal", "7", "7", 0],
    ["beyond 2^53, where numbers would be equal", "9007199254740993", "9007199254740992", 1],
    ["no number", "abc", "7", undefined],
    ["a number with a leading zero is none", "07", "7", undefined],
    ["nothing", "", "7", undefined],
  ])("%s", (_, a, b, order) => {
    expect(compareVersions(a, b)).toBe(order);
  });
});
