/** A `KubeClient` over the cluster in memory. Every call takes a turn of its own, so that calls at the same time interleave. */
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../../operator/kube/resource.ts";
import type { WatchEvent, WatchOptions } from "../../../operator/kube/watch.ts";
import type { Cluster, Stored } from "./cluster.ts";

export function clientOf(cluster: Cluster): KubeClient {
  const turn = async <R>(signal: AbortSignal | undefined, work: () => R): Promise<R> => {
    await Promise.resolve();
    signal?.throwIfAborted();
    return work();
  };
  const client = {
    get: (type: ResourceType, ref: KubeObject["metadata"], options: { signal?: AbortSignal } = {}) =>
      turn(options.signal, () => cluster.get(type, ref)),
    list: (type: ResourceType, options: { signal?: AbortSignal } = {}) =>
      turn(options.signal, () => ({ items: cluster.list(type), resourceVersion: cluster.version })),
    watch: (type: ResourceType, options: WatchOptions) => watchOf(cluster, type, options),
    apply: (type: ResourceType, object: Stored, options: { fieldManager: string; signal?: AbortSignal }) =>
      turn(options.signal, () => cluster.apply(type, object, options)),
    patch: (
      type: ResourceType,
      ref: KubeObject["metadata"],
      body: never,
      options: { kind?: string; signal?: AbortSignal } = {},
    ) => turn(options.signal, () => cluster.patchManagedFields(type, ref, body)),
    remove: (type: ResourceType, ref: KubeObject["metadata"], options: { signal?: AbortSignal } = {}) =>
      turn(options.signal, () => cluster.remove(type, ref, options)),
    // Events: nobody looks at them here.
    create: (_: ResourceType, object: KubeObject) => turn(undefined, () => object),
  };
  return client as unknown as KubeClient;
}

async function* watchOf(
  cluster: Cluster,
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<never>> {
  const { signal } = options;
  let version = Number(options.resourceVersion);
  options.onContact?.();
  for (;;) {
    signal?.throwIfAborted();
    const news = cluster.eventsAfter(type, version);
    for (const one of news) {
      version = one.version;
      options.onContact?.();
      yield one.event as WatchEvent<never>;
    }
    if (news.length === 0) await nextEvent(cluster, signal);
  }
}

function nextEvent(cluster: Cluster, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      leave();
      signal?.removeEventListener("abort", onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal?.reason));
    const leave = cluster.onEvent(() => end(resolve));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
