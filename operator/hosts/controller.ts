/**
 * The hosts' controller: one runtime per ModelHost, and the loop that looks at each when something has changed: its object, what it says,
 * what deployments want on it, or the hour. Probes and removals run beside the loop, each host's on its own.
 */
import type { Logger } from "pino";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import type { ModelHost } from "../apis/model-host.ts";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { KubeClient } from "../kube/client.ts";
import { Controller, type Reconciled } from "../kube/controller.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Change, Store } from "../kube/store.ts";
import type { Connect } from "./connect.ts";
import { Directory } from "./directory.ts";
import { defaultHostLimits, type HostLimits } from "./limits.ts";
import { plan } from "./plan.ts";
import { gather, type ReconcileContext, reconcile } from "./reconcile.ts";
import { HostRuntime } from "./runtime.ts";
import type { TransportSettings } from "./transport.ts";
import type { HostDirectory, WantedRemoval } from "./view.ts";
import { hostsOf } from "./wants.ts";

export interface HostsOptions {
  /** Fenced by the leader's lease. */
  readonly client: KubeClient;
  readonly hosts: Store<ModelHost>;
  readonly deployments: Store<ModelDeployment>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes the driver for an endpoint; `connectThrough` puts the address policy before it. */
  readonly connect: Connect;
  /** Whether this process still leads, asked before each change on a host; always, when left out. May throw why not. */
  readonly mayAct?: () => boolean;
  /** Of the Secrets that ModelHosts name: the operator's own. */
  readonly secretNamespace: string;
  readonly transport?: TransportSettings;
  readonly limits?: Partial<HostLimits>;
  readonly workers?: number;
  readonly hooks?: HostsHooks;
}

/** For metrics. */
export interface HostsHooks {
  readonly onReconciled?: (reconciled: Reconciled) => void;
  readonly onStatusWrite?: (outcome: "written" | "failed") => void;
}

export interface HostsController {
  readonly directory: HostDirectory;
  /**
   * Works until the signal aborts; every socket and timer of it is gone when it resolves. Call it once, when both caches are
   * synced.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Hosts that wait for a look, and those being looked at. */
  readonly depth: number;
  readonly active: number;
}

export function createHostsController(options: HostsOptions): HostsController {
  const limits: HostLimits = { ...defaultHostLimits, ...options.limits };
  const { clock, random, hosts, deployments, client, logger, connect, secretNamespace } = options;
  const runtimes = new Map<string, HostRuntime>();
  let running = false;
  const controller = new Controller({
    reconcile: async (name, signal) => {
      const runtime = runtimes.get(name);
      return runtime ? reconcile(context, runtime, name, signal) : undefined;
    },
    clock,
    random,
    workers: options.workers ?? 4,
    onEnd: (reconciled) => logAndCount(options, reconciled),
  });
  const directory = new Directory({
    hosts,
    runtimes,
    running: () => running,
    enqueue: (name) => controller.enqueue(name),
    onHandlerError: (err) => logger.error({ err }, "a listener to hosts failed"),
  });
  const context: ReconcileContext = {
    ...{ client, hosts, deployments, clock, limits, secretNamespace },
    events: options.events,
    transport: options.transport ?? { clusterDomain: "cluster.local" },
    publish: (runtime, snapshot, planned) => directory.publish(runtime, snapshot, planned),
    onStatusWrite: (outcome) => options.hooks?.onStatusWrite?.(outcome),
  };

  /** Others see it at once; the status follows. */
  const refreshView = (name: string): void => {
    const runtime = runtimes.get(name);
    const snapshot = runtime && gather(context, runtime, name);
    if (snapshot) directory.publish(runtime, snapshot, plan(snapshot));
    controller.enqueue(name);
  };
  const stillDue = (name: string, removal: WantedRemoval): boolean => {
    const runtime = runtimes.get(name);
    const snapshot = runtime && gather(context, runtime, name);
    return snapshot !== undefined && plan(snapshot).due.some(({ model }) => model === removal.model);
  };
  const open = (name: string): void => {
    const onError = (err: unknown, doing: string) =>
      logger.error({ err, host: name, doing }, "a host's own work failed");
    const onChange = () => refreshView(name);
    const runtime = new HostRuntime({
      ...{ name, clock, random, limits, connect, client, secretNamespace, onChange, onError },
      stillDue: (removal) => stillDue(name, removal),
      mayAct: options.mayAct ?? (() => true),
    });
    runtimes.set(name, runtime);
  };
  const closing = new Set<Promise<void>>();
  const close = (name: string, stopped?: Error): void => {
    const runtime = runtimes.get(name);
    if (!runtime) return;
    runtimes.delete(name);
    const closed = runtime.dispose(stopped).finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const onHost = ({ type, key }: Change<ModelHost>): void => {
    if (type === "delete") {
      close(key);
      directory.gone(key);
      return;
    }
    if (!runtimes.has(key)) open(key);
    controller.enqueue(key);
  };
  const onDeployment = (change: Change<ModelDeployment>): void => {
    const before = change.type === "update" ? change.previous : undefined;
    if (before && claimsOf(before) === claimsOf(change.object)) return;
    for (const name of new Set([...hostsOf(change.object), ...(before ? hostsOf(before) : [])]))
      controller.enqueue(name);
  };

  return {
    directory,
    get depth() {
      return controller.depth;
    },
    get active() {
      return controller.active;
    },
    async run(signal) {
      const unsubscribe = [hosts.onChange(onHost), deployments.onChange(onDeployment)];
      running = true;
      try {
        await controller.run(signal);
      } finally {
        running = false;
        for (const end of unsubscribe) end();
        const stopped = new Error("the operator stops: nothing more is written for hosts");
        for (const name of [...runtimes.keys()]) close(name, stopped);
        await Promise.all(closing);
      }
    },
  };
}

/** What of a deployment concerns hosts: the names that it has on them, and whether it still wants them. */
function claimsOf({ metadata, status }: ModelDeployment): string {
  const replicas = (status?.replicas ?? []).map(({ state, hosts }) => [
    state === "Removing",
    hosts.map(({ name, model, base, pulled }) => [name, model, base, pulled]),
  ]);
  return JSON.stringify([metadata.deletionTimestamp !== undefined, replicas]);
}

function logAndCount({ hooks, logger }: HostsOptions, reconciled: Reconciled): void {
  hooks?.onReconciled?.(reconciled);
  const { key, outcome, durationMs, error, retryInMs } = reconciled;
  if (outcome === "failed" || outcome === "terminal") {
    logger.error({ host: key, outcome, durationMs, retryInMs, err: error }, "reconcile failed");
  } else {
    logger.debug({ host: key, outcome, durationMs, retryInMs }, "reconciled");
  }
}
