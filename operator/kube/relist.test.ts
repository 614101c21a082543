import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { relistChanges } from "./relist.ts";
import type { KubeObject } from "./resource.ts";

function object(name: string, uid: string, resourceVersion = "1"): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "ns", name, uid, resourceVersion } };
}

function cacheOf(...objects: KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((each) => [`ns/${each.metadata.name}`, each]));
}

function told(before: KubeObject[], list: KubeObject[]): string[] {
  return relistChanges(cacheOf(...before), list).map(
    ({ type, key, object }) => `${type} ${key} ${object.metadata.uid}`,
  );
}

describe("relistChanges", () => {
  test.each([
    ["nothing changed: nothing is told", [object("a", "1")], [object("a", "1")], []],
    ["an object appeared: add", [], [object("a", "1")], ["add ns/a 1"]],
    ["an object is gone: delete", [object("a", "1")], [], ["delete ns/a 1"]],
    ["another version of the same object: update", [object("a", "1", "5")], [object("a", "1", "6")], ["update ns/a 1"]],
    [
      "deleted and made again in the gap: delete, then add",
      [object("a", "old")],
      [object("a", "new", "9")],
      ["delete ns/a old", "add ns/a new"],
    ],
    [
      "made again with the same version number: still delete, then add",
      [object("a", "old", "5")],
      [object("a", "new", "5")],
      ["delete ns/a old", "add ns/a new"],
    ],
    ["deletions are told before additions", [object("z", "1")], [object("a", "2")], ["delete ns/z 1", "add ns/a 2"]],
  ])("%s", (_, before, list, changes) => {
    expect(told(before, list)).toEqual(changes);
  });

  test("played onto the old cache, the changes always give the list", () => {
    const some = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d"),
        uid: fc.constantFrom("1", "2"),
        version: fc.constantFrom("5", "6"),
      }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(some, some, (before, after) => {
        const cache = cacheOf(...before.map(({ name, uid, version }) => object(name, uid, version)));
        const list = after.map(({ name, uid, version }) => object(name, uid, version));
        for (const change of relistChanges(new Map(cache), list)) {
          if (change.type === "add") expect(cache.has(change.key)).toBe(false);
          else expect(cache.get(change.key)?.metadata.uid).toBe(change.object.metadata.uid);
          if (change.type === "delete") cache.delete(change.key);
          else cache.set(change.key, change.object);
        }
        expect(cache).toEqual(cacheOf(...list));
      }),
    );
  });
});
