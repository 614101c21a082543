/** Objects as a watch shows them, with the time at which each came: what whoever looks at the cluster sees, and when. */
import { setMaxListeners } from "node:events";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../../operator/kube/resource.ts";

export interface Seen<T extends KubeObject> {
  /** The time (ms since 1970) at which an object of this name came that is as it should be; at once where it is so already. */
  until(name: string, is: (object: T) => boolean): Promise<number>;
  /** Names of the objects that are so now. */
  all(is: (object: T) => boolean): string[];
}

const deadlineMs = 300_000;
const watchSeconds = 3_600;

/** Follows until the signal aborts. */
export async function follow<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  signal: AbortSignal,
): Promise<Seen<T>> {
  const list = await client.list<T>(type, { signal });
  const objects = new Map(list.items.map((object) => [object.metadata.name, { object, at: Date.now() }]));
  const waiting = new Set<() => void>();
  let failure: unknown;
  const end = (error: unknown): void => {
    failure = error;
    for (const look of waiting) look();
  };
  setMaxListeners(0, signal);
  const run = async (): Promise<void> => {
    const options = { resourceVersion: list.resourceVersion, timeoutSeconds: watchSeconds, signal };
    for await (const event of client.watch<T>(type, options)) {
      if (event.type === "BOOKMARK") continue;
      const { name } = event.object.metadata;
      if (event.type === "DELETED") objects.delete(name);
      else objects.set(name, { object: event.object, at: Date.now() });
      for (const look of waiting) look();
    }
    throw new Error(`the watch of ${type.plural} ended`);
  };
  run().catch(end);
  return {
    until: (name, is) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          waiting.delete(look);
          clearTimeout(timer);
          act();
        };
        const look = (): void => {
          const found = objects.get(name);
          if (failure !== undefined) settle(() => reject(failure));
          else if (found && is(found.object)) settle(() => resolve(found.at));
        };
        const late = new Error(`${type.kind} ${name} was not as expected after ${deadlineMs / 1000} s`);
        const timer = setTimeout(() => settle(() => reject(late)), deadlineMs);
        waiting.add(look);
        look();
      }),
    all: (is) => [...objects].flatMap(([name, { object }]) => (is(object) ? [name] : [])),
  };
}
