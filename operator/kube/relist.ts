/**
 * What happened between a cache and a fresh list of the same collection.
 *
 * Names are not identities: an object deleted and made again while nobody watched has the same name and another uid. To
 * call that an update would hide a deletion from those who clean up after one, so it is two changes here.
 */

import { type KubeObject, keyOf } from "./resource.ts";

export type Change<T extends KubeObject> =
  | { type: "add"; key: string; object: T }
  | { type: "update"; key: string; object: T; previous: T }
  /** `object` is the last state that is known, which a gap in watching may have made old. */
  | { type: "delete"; key: string; object: T };

/** Deletions first, so that no handler sees two owners of what only one may own. */
export function relistChanges<T extends KubeObject>(
  before: ReadonlyMap<string, T>,
  list: readonly T[],
): readonly Change<T>[] {
  const after = new Map(list.map((object) => [keyOf(object.metadata), object]));
  const gone: Change<T>[] = [];
  const here: Change<T>[] = [];
  for (const [key, object] of before) {
    if (after.get(key)?.metadata.uid !== object.metadata.uid || !after.has(key))
      gone.push({ type: "delete", key, object });
  }
  for (const [key, object] of after) {
    const previous = before.get(key);
    if (previous?.metadata.uid !== object.metadata.uid || !previous) here.push({ type: "add", key, object });
    else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion) {
      here.push({ type: "update", key, object, previous });
    }
  }
  return [...gone, ...here];
}
