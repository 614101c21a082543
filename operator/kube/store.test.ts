import { describe, expect, test } from "vitest";
import type { KubeObject } from "./resource.ts";
import { type Change, createStore, type StoreOptions, type WritableStore } from "./store.ts";

interface Thing extends KubeObject {
  spec: { hosts: string[] };
}

function thing(name: string, fields: { uid?: string; version?: string; hosts?: string[] } = {}): Thing {
  const { uid = name, version = "1", hosts = [] } = fields;
  return { apiVersion: "v1", kind: "Thing", metadata: { name, uid, resourceVersion: version }, spec: { hosts } };
}

function watched(options: StoreOptions<Thing> = {}): { store: WritableStore<Thing>; told: string[] } {
  const store = createStore<Thing>({ indexes: { host: (each) => each.spec.hosts }, ...options });
  const told: string[] = [];
  store.onChange((change) => told.push(words(change)));
  return { store, told };
}

function words({ type, key, object }: Change<Thing>): string {
  return `${type} ${key}@${object.metadata.resourceVersion}`;
}

describe("store", () => {
  test("a handler sees the cache with the change in it", () => {
    const store = createStore<Thing>();
    const seen: (string | undefined)[] = [];
    store.onChange(({ key }) => seen.push(store.get(key)?.metadata.resourceVersion));
    store.upsert(thing("a"));
    store.upsert(thing("a", { version: "2" }));
    store.delete(thing("a", { version: "3" }));
    expect(seen).toEqual(["1", "2", undefined]);
  });

  test("a late handler gets what is already there as additions, one that left gets nothing", () => {
    const { store } = watched();
    store.upsert(thing("a"));
    const told: string[] = [];
    const leave = store.onChange((change) => told.push(words(change)));
    expect(told).toEqual(["add a@1"]);
    leave();
    store.upsert(thing("b"));
    expect(told).toEqual(["add a@1"]);
  });

  test("a handler that throws is reported and stops neither the others nor the store", () => {
    const errors: unknown[] = [];
    const { store, told } = watched({ onHandlerError: (error) => errors.push(error) });
    store.onChange(() => {
      throw new Error("handler");
    });
    const after: string[] = [];
    store.onChange((change) => after.push(words(change)));
    store.upsert(thing("a"));
    expect([told, after]).toEqual([["add a@1"], ["add a@1"]]);
    expect(errors).toEqual([new Error("handler")]);
  });

  test.each([
    ["the same version again is nothing", thing("a", { version: "5" }), []],
    ["an older version is nothing", thing("a", { version: "4" }), []],
    ["an older version with fewer digits is nothing", thing("a", { version: "0" }), []],
    ["a newer one with more digits is an update", thing("a", { version: "10" }), ["update a@10"]],
    ["a version that is no number is an update", thing("a", { version: "x7" }), ["update a@x7"]],
    ["another uid is a deletion and an addition", thing("a", { uid: "new", version: "6" }), ["delete a@5", "add a@6"]],
  ])("upsert over version 5: %s", (_, next, changes) => {
    const { store, told } = watched();
    store.upsert(thing("a", { version: "5" }));
    told.length = 0;
    store.upsert(next);
    expect(told).toEqual(changes);
  });

  test("deleting what is not there tells nobody", () => {
    const { store, told } = watched();
    store.delete(thing("a"));
    expect(told).toEqual([]);
  });

  test("an own write's answer is seen at once, and the watch's older news of it changes nothing back", () => {
    const { store, told } = watched();
    store.upsert(thing("a", { version: "5" }));
    store.observe(thing("a", { version: "7", hosts: ["h"] }));
    store.upsert(thing("a", { version: "6" }));
    expect(store.get("a")?.spec.hosts).toEqual(["h"]);
    expect(told).toEqual(["add a@5", "update a@7"]);
  });

  test.each([
    ["an object that the watch has seen deleted", [], thing("a", { version: "9" })],
    ["an object made anew since", [thing("a", { uid: "new", version: "8" })], thing("a", { uid: "old", version: "9" })],
    ["an answer older than the cache", [thing("a", { version: "12" })], thing("a", { version: "9" })],
  ])("observe does not bring back %s", (_, there, answer) => {
    const { store } = watched();
    for (const each of there) store.upsert(each);
    const before = store.get("a");
    store.observe(answer);
    expect(store.get("a")).toBe(before);
  });

  test("what is read cannot be changed, to the leaves", () => {
    const { store } = watched();
    store.upsert(thing("a", { hosts: ["h"] }));
    const read = store.get("a") as Thing;
    expect(() => read.spec.hosts.push("i")).toThrow(TypeError);
    expect(() => Object.assign(read.metadata, { name: "b" })).toThrow(TypeError);
  });

  test("an index follows additions, changes, deletions and relists", () => {
    const { store } = watched();
    const at = (host: string): string[] => store.byIndex("host", host).map((each) => each.metadata.name);
    store.upsert(thing("a", { hosts: ["h", "i"] }));
    store.upsert(thing("b", { hosts: ["h", "h"] }));
    expect([at("h"), at("i")]).toEqual([["a", "b"], ["a"]]);
    store.upsert(thing("a", { hosts: ["i"], version: "2" }));
    expect([at("h"), at("i")]).toEqual([["b"], ["a"]]);
    store.replace([thing("a", { hosts: ["j"], version: "3" })]);
    expect([at("h"), at("i"), at("j")]).toEqual([[], [], ["a"]]);
    expect(store.indexValues("host")).toEqual(["j"]);
  });

  test("an index nobody declared is a mistake that says which there are", () => {
    expect(() => watched().store.byIndex("owner", "x")).toThrow('no index "owner"; there are: host');
  });

  test("an object that an index function cannot read is left out of that index, and the error reported", () => {
    const errors: unknown[] = [];
    const store = createStore<Thing>({
      indexes: {
        broken: () => {
          throw new Error("index");
        },
        host: (each) => each.spec.hosts,
      },
      onHandlerError: (error) => errors.push(error),
    });
    store.upsert(thing("a", { hosts: ["h"] }));
    expect(store.byIndex("broken", "x")).toEqual([]);
    expect(store.byIndex("host", "h")).toHaveLength(1);
    expect(errors).toEqual([new Error("index")]);
  });

  test("objects are found by key, by reference, and told apart by namespace", () => {
    const store = createStore<Thing>();
    const inNamespace = (namespace: string): Thing => ({
      ...thing("a"),
      metadata: { name: "a", namespace, uid: namespace },
    });
    store.replace([inNamespace("x"), inNamespace("y")]);
    expect(store.get("x/a")?.metadata.uid).toBe("x");
    expect(store.get({ namespace: "y", name: "a" })?.metadata.uid).toBe("y");
    expect([store.get("a"), store.size, store.keys()]).toEqual([undefined, 2, ["x/a", "y/a"]]);
  });
});
