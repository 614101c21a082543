/** The hosts' controller as the operator wires it, against a real API server and doubles of Ollama, to be started, killed and started again. */
import { pino } from "pino";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { type Connect, connectThrough } from "../../operator/hosts/connect.ts";
import { createHostsController } from "../../operator/hosts/controller.ts";
import type { HostLimits } from "../../operator/hosts/limits.ts";
import type { HostDirectory } from "../../operator/hosts/view.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { createEventRecorder } from "../../operator/kube/events.ts";
import { Reflector } from "../../operator/kube/reflector.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import { createStore, type Store } from "../../operator/kube/store.ts";

/** Fast, so that a test need not wait for what a community may. */
export const quickLimits: Partial<HostLimits> = {
  probeIntervalMs: 50,
  steadyIntervalMs: 50,
  idleIntervalMs: 50,
  missIntervalMs: 20,
  awayIntervalMs: 50,
  questionTimeoutMs: 30_000,
  probeTimeoutMs: 60_000,
  rereadMs: 100,
  softWriteMs: 200,
  removalRetryBaseMs: 50,
  removalRetryMaxMs: 200,
  orphanGraceMs: 300,
};

export interface RunningHosts {
  readonly directory: HostDirectory;
  readonly hosts: Store<ModelHost>;
  readonly deployments: Store<ModelDeployment>;
  /** Status writes of this run. */
  readonly writes: { count: number };
  /** What the log says went wrong. */
  readonly errors: string[];
  /** Nothing is being looked at, nor waits for it. */
  readonly idle: boolean;
  stop(): Promise<void>;
}

export interface RunOptions {
  clock?: Clock;
  limits?: Partial<HostLimits>;
  connect?: (inner: Connect) => Connect;
  allow?: readonly string[];
  secretNamespace?: string;
  /** Whether it leads. */
  mayAct?: () => boolean;
}

export async function runHosts(client: KubeClient, options: RunOptions = {}): Promise<RunningHosts> {
  const { clock = systemClock, limits, allow = ["127.0.0.0/8"], secretNamespace = "default" } = options;
  const stopping = new AbortController();
  const hosts = createStore<ModelHost>();
  const deployments = createStore<ModelDeployment>();
  const errors: string[] = [];
  const logger = pino({ level: "error" }, { write: (line) => errors.push(line) });
  const writes = { count: 0 };
  const connect = connectThrough(createAddressPolicy({ allow, setting: "COMMONHOLD_HOST_ADDRESSES" }), systemClock);
  const reflect = <T extends KubeObject>(type: ResourceType<T>, store: ReturnType<typeof createStore<T>>) =>
    new Reflector<T>({ client, type, store, clock: systemClock, random: systemRandom });
  const reflectors = [
    reflect(modelHosts as ResourceType<ModelHost>, hosts),
    reflect(modelDeployments as ResourceType<ModelDeployment>, deployments),
  ];
  const reflecting = reflectors.map((reflector) => reflector.run(stopping.signal));
  await Promise.all(reflectors.map(({ synced }) => synced));
  const controller = createHostsController({
    ...{ client, hosts, deployments, clock, random: systemRandom, logger, secretNamespace },
    events: createEventRecorder({
      client,
      clock: systemClock,
      controller: "commonhold.dev/operator",
      instance: "test",
    }),
    connect: options.connect?.(connect) ?? connect,
    limits: { ...quickLimits, ...limits },
    ...(options.mayAct ? { mayAct: options.mayAct } : {}),
    hooks: { onStatusWrite: (outcome) => void (outcome === "written" && writes.count++) },
  });
  const running = controller.run(stopping.signal);
  return {
    ...{ directory: controller.directory, hosts, deployments, writes, errors },
    get idle() {
      return controller.depth + controller.active === 0;
    },
    async stop() {
      stopping.abort(new Error("the test stops the operator"));
      await Promise.all([running, ...reflecting]);
    },
  };
}
