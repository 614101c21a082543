/**
 * Keeps the catalogue equal to the cluster: three reflectors (Member, ModelDeployment, ModelHost), whose stores are indexed anew when a
 * request asks after a change. While the API server is away the last state stands; how old it is, `freshness` says.
 */
import type { Logger } from "pino";
import { type Member, members } from "../../operator/apis/member.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { Reflector } from "../../operator/kube/reflector.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import { createStore, type Store } from "../../operator/kube/store.ts";
import type { Catalogue, Freshness } from "./catalogue.ts";
import { indexDeployments, indexHosts, indexKeys, type Snapshot } from "./snapshot.ts";

export interface WatchOptions {
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface WatchedCatalogue extends Catalogue {
  /** Resolves when everything was read once. */
  readonly synced: Promise<unknown>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * A watch that says nothing for so long is taken up again. The API server sends a bookmark about once a minute, so this is also how
 * late a silent loss of the API server is noticed, and with it how long a revoked key may go on unnoticed in that case.
 */
export const watchIdleTimeoutMs = 90_000;
/** Silence up to here is normal for a watch that stands. */
const currentWithinMs = watchIdleTimeoutMs + 10_000;

export function watchCatalogue(options: WatchOptions): WatchedCatalogue {
  const watched = [
    watchKind<Member>(members, options),
    watchKind<ModelDeployment>(modelDeployments, options),
    watchKind<ModelHost>(modelHosts, options),
  ] as const;
  const [memberKind, deploymentKind, hostKind] = watched;
  const keys = cached(memberKind.store, indexKeys);
  const deployments = cached(deploymentKind.store, indexDeployments);
  const hosts = cached(hostKind.store, indexHosts);
  return {
    snapshot: (): Snapshot => ({ keys: keys(), ...deployments(), hosts: hosts() }),
    freshness: () => oldest(watched.map((kind) => kind.freshness())),
    onChange(listener) {
      const stops = watched.map(({ store }) => store.onChange(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    synced: Promise.all(watched.map(({ reflector }) => reflector.synced)),
    run: async (signal) => void (await Promise.all(watched.map(({ reflector }) => reflector.run(signal)))),
  };
}

interface WatchedKind<T extends KubeObject> {
  readonly store: Store<T>;
  readonly reflector: Reflector<T>;
  freshness(): Freshness;
}

function watchKind<T extends KubeObject>(
  type: ResourceType,
  { client, clock, random, logger }: WatchOptions,
): WatchedKind<T> {
  const store = createStore<T>({ onHandlerError: (err) => logger.error({ err }, "a change could not be handled") });
  let failedAtMs = Number.NEGATIVE_INFINITY;
  const reflector = new Reflector<T>({
    client,
    type: type as ResourceType<T>,
    store,
    clock,
    random,
    idleTimeoutMs: watchIdleTimeoutMs,
    onError(err, retryInMs) {
      failedAtMs = clock.now();
      logger.warn(
        { err, kind: type.kind, retryInMs: Math.round(retryInMs) },
        "the Kubernetes API could not be watched",
      );
    },
  });
  return {
    store,
    reflector,
    freshness() {
      if (!reflector.hasSynced) return { state: "starting" };
      const heardMs = reflector.lastContact ?? 0;
      const sinceMs = clock.now() - heardMs;
      return heardMs <= failedAtMs || sinceMs > currentWithinMs ? { state: "cached", sinceMs } : { state: "current" };
    },
  };
}

/** Indexes what a store holds when first asked after a change. */
function cached<T extends KubeObject, Index>(store: Store<T>, index: (objects: Iterable<T>) => Index): () => Index {
  let known: Index | undefined;
  store.onChange(() => {
    known = undefined;
  });
  return () => {
    known ??= index(store.list() as readonly T[]);
    return known;
  };
}

function oldest(parts: readonly Freshness[]): Freshness {
  let worst: Freshness = { state: "current" };
  for (const part of parts) {
    if (part.state === "starting") return part;
    if (part.state === "cached" && (worst.state !== "cached" || part.sinceMs > worst.sinceMs)) worst = part;
  }
  return worst;
}
