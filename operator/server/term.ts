/** One term as leader: the two controllers over the caches, every write behind the lease's fence. */
import type { Fetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import type { ModelHost } from "../apis/model-host.ts";
import { createDeploymentsController } from "../deployments/controller.ts";
import { rememberedEstimate } from "../deployments/estimator.ts";
import { createResolver } from "../deployments/resolver.ts";
import { connectThrough } from "../hosts/connect.ts";
import { createHostsController } from "../hosts/controller.ts";
import type { HostView } from "../hosts/view.ts";
import type { Reconciled } from "../kube/controller.ts";
import { createEventRecorder } from "../kube/events.ts";
import type { Fence } from "../kube/fence.ts";
import type { Store } from "../kube/store.ts";
import { describeFiles } from "../models/describe-files.ts";
import { createRegistry } from "../models/registry.ts";
import { ofSite } from "../models/site-registry.ts";
import { streamGguf } from "../models/stream-gguf.ts";
import type { HostRoom, Observed, OperatorMetrics } from "./metrics.ts";
import type { OperatorDependencies } from "./start.ts";

export interface TermDependencies extends OperatorDependencies {
  readonly fetcher: Fetcher;
  /** Open while this process surely leads. */
  readonly fence: Fence;
  readonly metrics: OperatorMetrics;
  readonly deployments: Store<ModelDeployment>;
  readonly hosts: Store<ModelHost>;
}

export interface Term {
  /** Until the signal aborts; rejects when one of the controllers failed, after both have ended. */
  run(signal: AbortSignal): Promise<void>;
  observe(): Omit<Observed, "leader">;
}

export function lead(dependencies: TermDependencies): Term {
  const { settings, client, clock, random, logger, fetcher, identity, metrics } = dependencies;
  const { deployments, hosts } = dependencies;
  const events = createEventRecorder({
    ...{ client, clock },
    controller: "commonhold.dev/operator",
    instance: identity,
    onError: (err, event) => logger.warn({ err, reason: event.reason }, "an event was not sent"),
  });
  const common = { client, deployments, events, clock, random, logger };
  const hostsController = createHostsController({
    ...common,
    hosts,
    connect: connectThrough(
      createAddressPolicy({ allow: settings.hostAddresses, setting: "COMMONHOLD_HOST_ADDRESSES" }),
      clock,
    ),
    transport: {
      clusterDomain: settings.clusterDomain,
      clusterNetworks: createAddressPolicy({
        allow: settings.clusterNetworks,
        setting: "COMMONHOLD_CLUSTER_NETWORKS",
      }),
    },
    mayAct: dependencies.fence,
    secretNamespace: settings.namespace,
    hooks: { onReconciled: counted(metrics, "hosts"), onStatusWrite: written(metrics, "ModelHost") },
  });
  const registries = createRegistry({ fetcher, clock, insecureHosts: settings.insecureRegistries });
  const registry = ofSite(registries, settings.siteRegistry, settings.siteRegistryFills);
  const deploymentsController = createDeploymentsController({
    ...common,
    hosts: hostsController.directory,
    resolve: createResolver(registry, (files, signal) => describeFiles(fetcher, clock, files, signal)),
    mayAct: dependencies.fence,
    openFile: (file, signal) => streamGguf(file, { fetcher, clock, random, signal }),
    estimate: rememberedEstimate(),
    insecureRegistries: new Set(settings.insecureRegistries),
    siteFills: settings.siteRegistry !== "" && settings.siteRegistryFills,
    limits: { recheckMs: settings.registryRecheckMs, hostLostGraceMs: settings.hostLostGraceMs },
    hooks: {
      onReconciled: counted(metrics, "deployments"),
      onStatusWrite: written(metrics, "ModelDeployment"),
      onTransfer: (bytes) => metrics.transferredBytes.inc(bytes),
      onTask: (step, outcome) => metrics.steps.inc({ step, outcome }),
    },
  });
  return {
    run: (signal) => together(signal, [hostsController, deploymentsController]),
    observe() {
      const views = hostsController.directory.list();
      const reachable = views.filter((view) => view.reachable).length;
      return {
        queueDepth: { hosts: hostsController.depth, deployments: deploymentsController.depth },
        tasksRunning: deploymentsController.tasksRunning,
        hosts: { reachable, away: views.length - reachable },
        room: views.map(roomOf),
      };
    },
  };
}

function roomOf({ name, loaded, placement: { memory, disk } }: HostView): HostRoom {
  const used = loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    host: name,
    memory: { allowed: memory.allowedBytes, used },
    ...(disk && { disk: { allowed: disk.capacityBytes, used: disk.usedBytes } }),
  };
}

/** One that fails takes the other with it. */
async function together(
  signal: AbortSignal,
  controllers: readonly { run(signal: AbortSignal): Promise<void> }[],
): Promise<void> {
  const failing = new AbortController();
  const onAbort = (): void => failing.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const runs = controllers.map((controller) =>
    controller.run(failing.signal).catch((error: unknown) => {
      failing.abort(error);
      throw error;
    }),
  );
  try {
    const ended = await Promise.allSettled(runs);
    for (const end of ended) if (end.status === "rejected") throw end.reason;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function counted(metrics: OperatorMetrics, controller: string): (reconciled: Reconciled) => void {
  return ({ outcome, durationMs }) => {
    metrics.reconciles.inc({ controller, outcome });
    metrics.reconcileSeconds.observe({ controller }, durationMs / 1000);
  };
}

function written(metrics: OperatorMetrics, kind: string): (outcome: "written" | "failed") => void {
  return (outcome) => metrics.statusWrites.inc({ kind, outcome });
}
