/**
 * Plans of one pass look at the same cluster: what it held a moment ago is not asked for again for each of a hundred proposals. It is
 * held only as long as memory is not wanted for something else.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeList, ListOptions } from "../../operator/kube/list.ts";
import { collectionPath, type KubeObject, type ResourceType } from "../../operator/kube/resource.ts";

/** For so long a list counts as new. */
export const listKeptMs = 10_000;

/** The same client; what a list of all objects of a kind answered is given again for `listKeptMs`. */
export function sharingLists(client: KubeClient, clock: Clock): KubeClient {
  const known = new Map<string, { readonly list: WeakRef<KubeList<KubeObject>>; readonly at: number }>();
  return {
    ...client,
    async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<KubeList<T>> {
      const { signal, timeoutMs: _, ...selection } = options;
      signal?.throwIfAborted();
      // A part of them is another question.
      if (Object.values(selection).some((value) => value !== undefined)) return client.list(type, options);
      const key = collectionPath(type, undefined);
      const before = known.get(key);
      const shared = before && clock.now() - before.at < listKeptMs ? before.list.deref() : undefined;
      if (shared) return shared as KubeList<T>;
      const at = clock.now();
      const list = await client.list<T>(type, options);
      known.set(key, { list: new WeakRef<KubeList<KubeObject>>(list), at });
      return list;
    },
  };
}
