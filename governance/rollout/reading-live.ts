/** How reflectors read here: they leave out who owns which field, and that is needed. */
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import type { WatchEvent } from "../../operator/kube/watch.ts";
import { liveOf } from "./live.ts";

type Reading = Pick<KubeClient, "list" | "watch">;

/** The same two verbs, whose objects are `LiveObject`s. `heard` is called for every sign of life of the API server. */
export function readingLive(client: Reading, heard: () => void): Reading {
  return {
    async list<T extends KubeObject>(type: ResourceType<T>, options = {}) {
      const list = await client.list(type, options);
      heard();
      return { ...list, items: list.items.map((item) => liveOf(item, type) as unknown as T) };
    },
    async *watch<T extends KubeObject>(
      type: ResourceType<T>,
      options: Parameters<KubeClient["watch"]>[1],
    ): AsyncGenerator<WatchEvent<T>> {
      const onContact = (): void => {
        heard();
        options.onContact?.();
      };
      for await (const event of client.watch(type, { ...options, onContact })) {
        yield event.type === "BOOKMARK"
          ? event
          : { type: event.type, object: liveOf(event.object, type) as unknown as T };
      }
    },
  };
}
