/**
 * The whole system on real parts: control plane with its audit log on, registry behind a proxy that can fail, Ollama hosts,
 * operator and gateway as the processes that `npm start` runs, each under its generated permissions.
 */
import { createHash, randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { newKey } from "../../api/members/key.ts";
import { adminClient } from "../../cli/up/community/admin-client.ts";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type RunningService, type ServiceSpec, startService } from "../../cli/up/community/services.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { members } from "../../operator/apis/member.ts";
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../operator/apis/model-host.ts";
import { gatewayService, operatorService, type Service, services } from "../../operator/apis/permissions.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { startTestOllama } from "../control-plane/ollama.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { kubectl, startTestControlPlane } from "../control-plane/test.ts";
import { type RegistryProxy, startRegistryProxy } from "../doubles/registry/proxy.ts";
import { startTestRegistry } from "../doubles/registry/start.ts";

export const root = join(import.meta.dirname, "../..");

export type TestOllama = Awaited<ReturnType<typeof startTestOllama>>;

export interface World {
  plane: ControlPlane;
  client: KubeClient;
  registry: RegistryProxy;
  /** By the name of the ModelHost. */
  hosts: ReadonlyMap<string, TestOllama>;
  gateway: RunningService;
  operator: RunningService;
  /** Where deployments are made. */
  namespace: string;
  /** API key of a member who may ask everything; empty where members are the community's to make. */
  key: string;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Ends the operator the hard way and starts another. */
  restartOperator(): Promise<void>;
  /** Ends operator and gateway the hard way, restarts API server, etcd and every Ollama, and starts the two again. */
  restartEverything(): Promise<void>;
  /** Starts another of our services with the permissions of its ServiceAccount; it ends with the world. */
  startService(service: Service, spec: Omit<ServiceSpec, "name">): Promise<RunningService>;
  discard(): Promise<void>;
}

export interface WorldOptions {
  /** The community governs: admission policies hold, and hosts and members are not made here. */
  governed?: boolean;
}

export async function startWorld(hostNames: readonly string[], options: WorldOptions = {}): Promise<World> {
  const ends: (() => Promise<unknown>)[] = [];
  const discard = async (): Promise<void> => {
    for (const end of ends.reverse()) await end();
  };
  try {
    return await build(hostNames, options, ends, discard);
  } catch (error) {
    await discard();
    throw error;
  }
}

async function build(
  hostNames: readonly string[],
  { governed = false }: WorldOptions,
  ends: (() => Promise<unknown>)[],
  discard: () => Promise<void>,
): Promise<World> {
  const logs = scratchDirectory("e2e-logs");
  mkdirSync(logs, { recursive: true });
  const identities = services.map(({ name }) => serviceAccount(systemNamespace, name));
  const [plane, registry, ollamas] = await Promise.all([
    startTestControlPlane({ audit: true, identities, logs }),
    startTestRegistry(),
    Promise.all(hostNames.map(() => startTestOllama({ keepAlive: "5m" }))),
  ]);
  ends.push(
    () => plane.discard(),
    () => registry.discard(),
    ...ollamas.map((ollama) => () => ollama.discard()),
  );
  const proxy = await startRegistryProxy(registry.origin);
  ends.push(() => proxy.close());
  const { client, stop } = adminClient(plane.adminKubeconfigPath, systemClock);
  ends.push(async () => stop());
  const signal = new AbortController().signal;
  // Everything of this world listens to it at once: many listeners are no leak here.
  setMaxListeners(0, signal);
  const rule = governed ? { governance: true, governedNamespaces: [governedNamespace] } : {};
  await installManifests(client, root, systemClock, signal, rule);
  const hosts = new Map(hostNames.map((name, at) => [name, ollamas[at]!]));
  if (!governed) for (const [name, ollama] of hosts) await applyHost(client, name, ollama.url);
  const key = governed ? "" : await issueKey(client, "alice");

  const allowed = [...ollamas.map(({ url }) => new URL(url).host), proxy.host].join(",");
  const place = { compiled: join(root, "dist"), logs, baseEnv: baseEnv(), clock: systemClock, signal };
  const common = {
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_ALLOWED_ADDRESSES: allowed,
    COMMONHOLD_HOST_ADDRESSES: allowed,
    COMMONHOLD_INSECURE_REGISTRIES: proxy.host,
  };
  const start = ({ name }: Service, { env, ...spec }: Omit<ServiceSpec, "name">): Promise<RunningService> => {
    const kubeconfig = plane.kubeconfig(serviceAccount(systemNamespace, name));
    const named = { ...spec, name: name.replace("commonhold-", "") };
    return startService({ ...named, env: { ...common, ...env, KUBECONFIG: kubeconfig } }, place);
  };
  const startOperator = () => start(operatorService, { entry: "operator/main.js", env: quick });
  const startGateway = () => start(gatewayService, { entry: "api/main.js", env: { COMMONHOLD_GATEWAY_PORT: "0" } });
  let [operator, gateway] = await Promise.all([startOperator(), startGateway()]);
  ends.push(
    () => gateway.stop(),
    () => operator.stop(),
  );

  return {
    plane,
    client,
    registry: proxy,
    hosts,
    get gateway() {
      return gateway;
    },
    get operator() {
      return operator;
    },
    namespace: governed ? governedNamespace : "default",
    key,
    kubectl: (args, stdin) => kubectl(plane, args, stdin === undefined ? {} : { stdin }),
    restartOperator: async () => {
      operator.process.kill("SIGKILL");
      await operator.process.exited;
      operator = await startOperator();
    },
    restartEverything: async () => {
      for (const { process } of [operator, gateway]) process.kill("SIGKILL");
      await Promise.all([operator.process.exited, gateway.process.exited]);
      await Promise.all([plane.restart(), ...ollamas.map((ollama) => ollama.restart())]);
      [operator, gateway] = await Promise.all([startOperator(), startGateway()]);
    },
    startService: async (service, spec) => {
      const started = await start(service, spec);
      ends.push(() => started.stop());
      return started;
    },
    discard,
  };
}

/** The one that governance governs where it is told nothing else. */
const governedNamespace = "community";

/** Tests do not wait a quarter of an hour to see a moved tag, nor long for the lease of an operator that was killed. */
const quick = {
  COMMONHOLD_OPERATOR_PORT: "0",
  COMMONHOLD_REGISTRY_RECHECK_MS: "2000",
  COMMONHOLD_LEASE_DURATION_MS: "15000",
};

export async function applyHost(
  client: KubeClient,
  name: string,
  url: string,
  spec: Partial<ModelHost["spec"]> = {},
): Promise<void> {
  const full = {
    owner: "alice",
    trust: "known",
    endpoint: { direct: { url } },
    hardware: { memory: "2Gi", disk: "5Gi" },
    ...spec,
  };
  await client.apply(modelHosts, { metadata: { name }, spec: full } as never, { fieldManager: "e2e" });
}

/** Gives a member an API key, as an administrator does; makes the member where there is none. */
export async function issueKey(client: KubeClient, name: string): Promise<string> {
  const { key, prefix } = newKey(randomBytes);
  const sha256 = createHash("sha256").update(key).digest("hex");
  await client.apply(members, { metadata: { name }, spec: { keys: [{ id: "e2e", prefix, sha256 }] } } as never, {
    fieldManager: "e2e",
  });
  return key;
}

function baseEnv(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
}

export function deploymentOf(name: string, spec: object): Pick<ModelDeployment, "spec"> {
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: { name, namespace: "default" },
    spec,
  } as never;
}
