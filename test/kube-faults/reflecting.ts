/** A reflector that runs for one test, with quick back-off, and what it told. */

import { systemClock } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { Reflector, type ReflectorOptions } from "../../operator/kube/reflector.ts";
import { type KubeObject, keyOf, type ResourceType } from "../../operator/kube/resource.ts";
import { createStore, type WritableStore } from "../../operator/kube/store.ts";
import { eventually } from "./eventually.ts";
import type { AtEnd } from "./test.ts";

export interface Reflecting<T extends KubeObject> {
  store: WritableStore<T>;
  reflector: Reflector<T>;
  /** "add name", "update name", "delete name", in order. */
  told: string[];
  errors: unknown[];
  /** What handlers of the store have thrown. */
  handlerErrors: unknown[];
  /** Stops it and waits for its end. */
  stop(): Promise<void>;
  /** Resolves when the store equals the server's own list. */
  converged(server: KubeClient): Promise<void>;
}

export function startReflecting<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  { atEnd, ...options }: Partial<ReflectorOptions<T>> & { namespace: string; atEnd: AtEnd },
): Reflecting<T> {
  const told: string[] = [];
  const errors: unknown[] = [];
  const handlerErrors: unknown[] = [];
  const store = createStore<T>({ onHandlerError: (error) => handlerErrors.push(error) });
  store.onChange((change) => told.push(`${change.type} ${change.object.metadata.name}`));
  const reflector = new Reflector<T>({
    client,
    type,
    store,
    clock: systemClock,
    random: () => 0,
    backoff: { baseMs: 20, maxMs: 200, forgetAfterMs: 1_000 },
    onError: (error) => errors.push(error),
    ...options,
  });
  const abort = new AbortController();
  const run = reflector.run(abort.signal);
  const stop = (): Promise<void> => {
    abort.abort(new Error("the test stops the reflector"));
    return run;
  };
  atEnd(stop);
  const converged = async (server: KubeClient): Promise<void> => {
    await eventually("the store equals the server", async () => {
      const { items } = await server.list(type, { namespace: options.namespace });
      return same(items, store.list());
    });
  };
  return { store, reflector, told, errors, handlerErrors, stop, converged };
}

/** Same objects, same identities, same versions. */
function same(items: readonly KubeObject[], cached: readonly KubeObject[]): boolean {
  const states = (objects: readonly KubeObject[]): string =>
    objects
      .map(({ metadata }) => `${keyOf(metadata)} ${metadata.uid} ${metadata.resourceVersion}`)
      .sort()
      .join("\n");
  return states(items) === states(cached);
}
