/**
 * The deployments' controller: what makes a deployment worth a look, and the loop that looks. Work on hosts runs beside it
 * (`tasks/`), so a worker is never busy for longer than a few writes take.
 */
import type { Logger } from "pino";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import type { Clock } from "../clock/clock.ts";
import type { HostChange, HostDirectory } from "../hosts/view.ts";
import type { Random } from "../kube/backoff.ts";
import type { KubeClient } from "../kube/client.ts";
import { Controller, type Reconciled } from "../kube/controller.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Change, Store } from "../kube/store.ts";
import type { PlacementEvent } from "../placement/refusal.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { Memory } from "./memory.ts";
import { type ReconcileContext, reconcile } from "./reconcile.ts";
import { Resolutions } from "./resolution.ts";
import { describeResolutionError } from "./resolution-error.ts";
import type { Resolve } from "./resolver.ts";
import type { Estimator } from "./snapshot.ts";
import type { TaskResult } from "./tasks/outcome.ts";
import { type OpenFile, taskRunner } from "./tasks/run.ts";
import { type Owner, type TaskRun, Tasks, type TaskView } from "./tasks/tasks.ts";

export interface DeploymentsOptions {
  /** Fenced by the leader's lease. */
  readonly client: KubeClient;
  readonly deployments: Store<ModelDeployment>;
  readonly hosts: HostDirectory;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What a deployment's reference means now, by the registry. */
  readonly resolve: Resolve;
  readonly openFile: OpenFile;
  /** The leader's fence: asked before each step on a host. */
  readonly mayAct?: () => boolean;
  readonly estimate: Estimator;
  /** `host` or `host:port`. */
  readonly insecureRegistries?: ReadonlySet<string>;
  /** The site's registry fetches by itself what deployments name: hosts wait for it, for a while. Default false. */
  readonly siteFills?: boolean;
  readonly limits?: Partial<Limits>;
  readonly workers?: number;
  readonly hooks?: DeploymentsHooks;
}

/** For metrics. */
export interface DeploymentsHooks {
  readonly onReconciled?: (reconciled: Reconciled) => void;
  readonly onStatusWrite?: (outcome: "written" | "failed") => void;
  /** More bytes of a download or upload to a host. */
  readonly onTransfer?: (bytes: number) => void;
  readonly onTask?: (step: string, outcome: "ok" | "failed") => void;
}

export interface DeploymentsController {
  /** Works until the signal aborts; everything that it began has ended when it resolves. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  readonly depth: number;
  readonly tasksRunning: number;
}

export function createDeploymentsController(options: DeploymentsOptions): DeploymentsController {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const { clock, random, deployments, hosts } = options;
  const memory = new Memory();
  const waiting = new Map<string, ReadonlySet<PlacementEvent>>();
  const controller = new Controller({
    reconcile: (key, signal) => reconcile(context, key, signal),
    clock,
    random,
    workers: options.workers ?? 4,
    onEnd: (reconciled) => logAndCount(options, reconciled),
  });
  const tasks = new Tasks({
    clock,
    run: counted(options, taskRunner(hosts, options.openFile, options.mayAct ?? (() => true))),
    onChange: ({ key }, change) => {
      if (change === "end") controller.enqueue(key);
      else controller.enqueueAfter(key, limits.softWriteMs);
    },
  });
  const resolutions = new Resolutions({
    clock,
    random,
    recheckMs: limits.recheckMs,
    resolve: (_, owner, signal) => options.resolve(present(deployments, owner), signal),
    describe: describeResolutionError,
    onChange: ({ key }) => controller.enqueue(key),
  });
  const wake = (happened: PlacementEvent): void => {
    for (const [key, wakes] of waiting) if (wakes.has(happened)) controller.enqueue(key);
  };
  const context: ReconcileContext = {
    ...{ deployments, hosts, tasks, resolutions, memory, limits, clock },
    client: options.client,
    events: options.events,
    estimate: options.estimate,
    insecureRegistries: options.insecureRegistries ?? new Set(),
    siteFills: options.siteFills ?? false,
    onWaiting: (key, wakes) => (wakes.size > 0 ? waiting.set(key, wakes) : waiting.delete(key)),
    onStatusWrite: (outcome) => options.hooks?.onStatusWrite?.(outcome),
    onReplicaGone: () => wake("ReplicaGone"),
  };
  const onDeployment = (change: Change<ModelDeployment>): void => {
    if (change.type === "delete") {
      forget(change.object.metadata.uid);
      waiting.delete(change.key);
      wake("ReplicaGone");
    }
    controller.enqueue(change.key);
  };
  const forget = (uid: string): void => {
    tasks.forget(uid);
    resolutions.forget(uid);
    memory.forget(uid);
  };
  const onHost = ({ name, events }: HostChange): void => {
    for (const object of deployments.list()) {
      const key = `${object.metadata.namespace}/${object.metadata.name}`;
      const wakes = waiting.get(key);
      if (carriedBy(object, name) || [...events].some((event) => wakes?.has(event))) controller.enqueue(key);
    }
  };
  return {
    get depth() {
      return controller.depth;
    },
    get tasksRunning() {
      return tasks.runningCount;
    },
    async run(signal) {
      const unsubscribe = [deployments.onChange(onDeployment), hosts.onChange(onHost)];
      try {
        await controller.run(signal);
      } finally {
        for (const end of unsubscribe) end();
        await Promise.all([tasks.close(), resolutions.close()]);
      }
    },
  };
}

function carriedBy({ status }: ModelDeployment, host: string): boolean {
  return status?.replicas?.some(({ hosts }) => hosts.some(({ name }) => name === host)) ?? false;
}

function present(deployments: Store<ModelDeployment>, { key, uid }: Owner): ModelDeployment {
  const deployment = deployments.get(key);
  if (deployment?.metadata.uid !== uid) throw new Error(`${key} was deleted while its reference was asked for`);
  return deployment;
}

function counted({ hooks, logger }: DeploymentsOptions, run: TaskRun): TaskRun {
  return async (step, host, signal, report): Promise<TaskResult> => {
    let seen = 0;
    const counting = (progress: NonNullable<TaskView["progress"]>): void => {
      hooks?.onTransfer?.(Math.max(0, progress.completedBytes - seen));
      seen = Math.max(seen, progress.completedBytes);
      report(progress);
    };
    try {
      const result = await run(step, host, signal, counting);
      hooks?.onTask?.(step.kind, "ok");
      logger.info({ step: step.kind, host, result }, "step done");
      return result;
    } catch (error) {
      if (!signal.aborted) {
        hooks?.onTask?.(step.kind, "failed");
        logger.warn({ step: step.kind, host, err: error }, "step failed");
      }
      throw error;
    }
  };
}

function logAndCount({ hooks, logger }: DeploymentsOptions, reconciled: Reconciled): void {
  hooks?.onReconciled?.(reconciled);
  const { key, outcome, durationMs, error, retryInMs } = reconciled;
  if (outcome === "failed" || outcome === "terminal") {
    logger.error({ deployment: key, outcome, durationMs, retryInMs, err: error }, "reconcile failed");
  } else {
    logger.debug({ deployment: key, outcome, durationMs, retryInMs }, "reconciled");
  }
}
