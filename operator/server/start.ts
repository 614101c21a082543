/**
 * Puts an operator together and starts it: caches that follow the cluster for as long as it lives, its own port, and, while it leads,
 * the controllers. Losing the lease ends the controllers of that term; the next term begins with new ones.
 */
import type { Logger } from "pino";
import { createFetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../apis/model-host.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { KubeClient } from "../kube/client.ts";
import { LeaderElector, leaseTimes } from "../kube/lease.ts";
import { Reflector } from "../kube/reflector.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { type Running, untilStopped } from "../kube/running.ts";
import { createStore, type WritableStore } from "../kube/store.ts";
import { createOperatorMetrics, type Observed } from "./metrics.ts";
import { startServer } from "./server.ts";
import type { Settings } from "./settings.ts";
import { lead, type Term } from "./term.ts";

export interface OperatorDependencies {
  readonly settings: Settings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Unique among the processes that may lead. */
  readonly identity: string;
}

export interface RunningOperator extends Running {
  /** Of its own port: health and metrics. */
  readonly url: string;
  /** Gives the lease back and ends all work and every socket but the client's. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** The Lease's name; `permissions.ts` grants it by this name. */
export const leaseName = "commonhold-operator";

export async function startOperator(dependencies: OperatorDependencies): Promise<RunningOperator> {
  const { settings, client, clock, random, logger, identity } = dependencies;
  const metrics = createOperatorMetrics();
  const fetcher = createFetcher({
    policy: createAddressPolicy({ allow: settings.allowedAddresses, setting: "COMMONHOLD_ALLOWED_ADDRESSES" }),
  });
  const caches = {
    deployments: followed<ModelDeployment>(dependencies, modelDeployments),
    hosts: followed<ModelHost>(dependencies, modelHosts),
  };
  const elector = new LeaderElector({
    ...{ client, clock, random, identity },
    namespace: settings.namespace,
    name: leaseName,
    ...leaseTimes(settings.leaseDurationMs),
    onError: (err) => logger.warn({ err }, "taking or renewing the lease failed"),
    onLeader: (leader) => logger.info({ event: "leader", leader, self: leader === identity }, "who leads"),
  });
  let term: Term | undefined;
  metrics.observe(() => observed(term, elector.isLeader));
  const server = await startServer({
    address: settings.listenAddress,
    port: settings.port,
    registry: metrics.registry,
    waitsFor: () => Object.entries(caches).flatMap(([name, { reflector }]) => (reflector.hasSynced ? [] : [name])),
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const leading = elector.run(signal, async (termSignal) => {
    await Promise.all([caches.deployments.reflector.synced, caches.hosts.reflector.synced]);
    termSignal.throwIfAborted();
    const { fence } = elector;
    term = lead({ ...dependencies, fetcher, metrics, fence, client: client.withFence(fence), ...storesOf(caches) });
    await term.run(termSignal).finally(() => {
      term = undefined;
    });
  });
  const work = Promise.all([leading, caches.deployments.reflector.run(signal), caches.hosts.reflector.run(signal)]);
  const running = untilStopped({
    stopping,
    reason: "the operator stops",
    work,
    onFailed: (err) => logger.error({ err }, "the operator failed"),
    close: () => Promise.all([server.close(), fetcher.close()]),
  });
  return { url: server.url, ...running };
}

interface Followed<T extends KubeObject> {
  readonly store: WritableStore<T>;
  readonly reflector: Reflector<T>;
}

function followed<T extends KubeObject>(
  { client, clock, random, logger }: OperatorDependencies,
  type: ResourceType<T>,
): Followed<T> {
  const store = createStore<T>({ onHandlerError: (err) => logger.error({ err }, "a listener to a cache failed") });
  const onError = (err: unknown, retryInMs: number): void =>
    logger.warn({ err, retryInMs, kind: type.kind }, "following the cluster failed");
  return { store, reflector: new Reflector<T>({ client, clock, random, type, store, onError }) };
}

function storesOf(caches: { deployments: Followed<ModelDeployment>; hosts: Followed<ModelHost> }) {
  return { deployments: caches.deployments.store, hosts: caches.hosts.store };
}

function observed(term: Term | undefined, leader: boolean): Observed {
  const nothing = { queueDepth: {}, tasksRunning: 0, hosts: { reachable: 0, away: 0 }, room: [] };
  return { ...(term?.observe() ?? nothing), leader };
}
