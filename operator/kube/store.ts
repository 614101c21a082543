/**
 * A cache of objects of one type, kept by a reflector and read by everybody else.
 *
 * What is read is frozen: a cache that a reader changes lies to all the others. Whoever wants to change an object copies
 * it (`structuredClone`). A handler that throws is reported and stops neither the others nor the reflector.
 */

import { deepFreeze } from "./freeze.ts";
import { Indexes, type IndexFunctions } from "./indexes.ts";
import { type Change, relistChanges } from "./relist.ts";
import { type KubeObject, keyOf, type ObjectRef } from "./resource.ts";
import { isNewer } from "./resource-version.ts";

export type { Change } from "./relist.ts";

/** Called for every change, after the cache holds it. */
export type ChangeHandler<T extends KubeObject> = (change: Change<T>) => void;

/** The reading side. */
export interface Store<T extends KubeObject> {
  /** By `keyOf`: `namespace/name`, or the name of a cluster-wide object. */
  get(key: string | ObjectRef): Readonly<T> | undefined;
  /** All objects, in no order that means anything. */
  list(): readonly Readonly<T>[];
  keys(): readonly string[];
  readonly size: number;
  /** The objects to which the named index gives this value. Throws on an index that was not declared. */
  byIndex(index: string, value: string): readonly Readonly<T>[];
  /** The values that the named index holds. */
  indexValues(index: string): readonly string[];
  /** Tells of every change from now on, after an `add` for each object already here. Gives back how to stop. */
  onChange(handler: ChangeHandler<T>): () => void;
  /**
   * Takes the answer of one's own write at once, so that the next read does not see the state before it. Only for an
   * object (same uid) that the cache holds, and only if it is newer; the watch brings everything else.
   */
  observe(object: T): void;
}

/** The writing side: the reflector's. */
export interface WritableStore<T extends KubeObject> extends Store<T> {
  /** Makes the cache equal to a full list; tells what changed, a recreated object as its deletion and its addition. */
  replace(objects: readonly T[]): void;
  upsert(object: T): void;
  delete(object: T): void;
}

export interface StoreOptions<T extends KubeObject> {
  /** Name of an index → the values under which an object is found. */
  indexes?: IndexFunctions<T>;
  /** Told when a handler or an index function throws. Left out, it becomes an uncaught exception: nothing is swallowed. */
  onHandlerError?: (error: unknown) => void;
}

export function createStore<T extends KubeObject>(options: StoreOptions<T> = {}): WritableStore<T> {
  const objects = new Map<string, T>();
  const report = options.onHandlerError ?? throwLater;
  const indexes = new Indexes<T>(options.indexes ?? {}, report);
  const handlers = new Set<ChangeHandler<T>>();

  const tell = (handler: ChangeHandler<T>, change: Change<T>): void => {
    try {
      handler(change);
    } catch (error) {
      report(error);
    }
  };
  const commit = (change: Change<T>): void => {
    if (change.type === "delete") {
      objects.delete(change.key);
      indexes.remove(change.key);
    } else {
      deepFreeze(change.object);
      objects.set(change.key, change.object);
      indexes.put(change.key, change.object);
    }
    for (const handler of [...handlers]) tell(handler, change);
  };

  return {
    get: (key) => objects.get(typeof key === "string" ? key : keyOf(key)),
    list: () => [...objects.values()],
    keys: () => [...objects.keys()],
    get size() {
      return objects.size;
    },
    byIndex: (index, value) => indexes.keys(index, value).flatMap((key) => objects.get(key) ?? []),
    indexValues: (index) => indexes.values(index),
    onChange(handler) {
      handlers.add(handler);
      for (const [key, object] of [...objects]) tell(handler, { type: "add", key, object });
      return () => void handlers.delete(handler);
    },
    observe(object) {
      const key = keyOf(object.metadata);
      const previous = objects.get(key);
      if (previous?.metadata.uid !== object.metadata.uid || previous === undefined) return;
      if (isNewer(object, previous)) commit({ type: "update", key, object, previous });
    },
    replace(list) {
      for (const change of relistChanges(objects, list)) commit(change);
    },
    upsert(object) {
      for (const change of upsertChanges(objects.get(keyOf(object.metadata)), object)) commit(change);
    },
    delete(object) {
      const key = keyOf(object.metadata);
      if (objects.has(key)) commit({ type: "delete", key, object });
    },
  };
}

/** A recreated object is a deletion and an addition; a version that the cache is already past is nothing. */
function upsertChanges<T extends KubeObject>(previous: T | undefined, object: T): Change<T>[] {
  const key = keyOf(object.metadata);
  if (!previous) return [{ type: "add", key, object }];
  if (previous.metadata.uid !== object.metadata.uid) {
    return [
      { type: "delete", key, object: previous },
      { type: "add", key, object },
    ];
  }
  return isNewer(object, previous) ? [{ type: "update", key, object, previous }] : [];
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
