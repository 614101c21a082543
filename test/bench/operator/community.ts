/** A control plane with many hosts and deployments, and the real operator process under its generated permissions. */
import { join } from "node:path";
import { adminClient } from "../../../cli/up/community/admin-client.ts";
import { installManifests } from "../../../cli/up/community/manifests.ts";
import { type RunningService, startService } from "../../../cli/up/community/services.ts";
import { type ControlPlane, serviceAccount, startControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import { operatorService } from "../../../operator/apis/permissions.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { Bench } from "../benchmark.ts";
import { profiled, serviceEnvironment } from "../processes/service-environment.ts";
import type { Programs } from "../programs.ts";
import { type Fleet, modelsPerHostMax } from "./fleet-size.ts";

const identity = serviceAccount(systemNamespace, operatorService.name);
export const operatorUser = identity.user;
const write = { fieldManager: "bench" };
const wordsMax = 3;

export interface Plane {
  readonly plane: ControlPlane;
  readonly client: KubeClient;
}

export async function startPlane({ root, scratch, stack, signal }: Bench, { paths }: Programs): Promise<Plane> {
  const plane = stack.add(
    await startControlPlane({
      directory: join(scratch, "operator-control-plane"),
      programs: paths,
      identities: [identity],
      durable: false,
      audit: true,
      signal,
    }),
  );
  const { client } = stack.add(adminClient(plane.adminKubeconfigPath, systemClock));
  await installManifests(client, root, systemClock, signal);
  return { plane, client };
}

export async function startOperatorService(bench: Bench, { plane }: Plane): Promise<RunningService> {
  const { root, scratch, stack, signal } = bench;
  const env = {
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.1",
    COMMONHOLD_HOST_ADDRESSES: "127.0.0.1",
    COMMONHOLD_OPERATOR_PORT: "0",
    KUBECONFIG: plane.kubeconfig(identity),
    ...profiled(bench, "operator"),
  };
  const place = {
    compiled: join(root, "dist"),
    logs: scratch,
    baseEnv: serviceEnvironment(),
    clock: systemClock,
    signal,
  };
  return stack.add(await startService({ name: "operator", entry: "operator/main.js", env }, place));
}

export async function applyHosts(client: KubeClient, { urls }: Fleet): Promise<void> {
  for (const [at, url] of urls.entries()) {
    const spec = {
      owner: `member-${at % 20}`,
      site: `site-${at % 10}`,
      endpoint: { direct: { url } },
      hardware: { memory: "16Gi" },
      engine: { kind: "Ollama", parallel: 1, maxLoadedModels: modelsPerHostMax },
    };
    await client.apply(modelHosts, { metadata: { name: `host-${at}` }, spec } as never, write);
  }
}

export async function applyDeployments(client: KubeClient, { files }: Fleet): Promise<void> {
  for (const [at, file] of files.entries()) {
    const metadata = { name: `model-${at}`, namespace: "default" };
    const spec = { model: { files: [file] }, context: 512 };
    await client.apply(modelDeployments, { metadata, spec } as never, write);
  }
}

/** How many deployments are Ready for what they say now. */
export async function readyDeployments(client: KubeClient, signal: AbortSignal): Promise<number> {
  const { items } = await client.list<ModelDeployment>(modelDeployments, { signal });
  return items.filter(isReady).length;
}

/** The operator's words about those that are not, for who waits in vain. */
export async function waitingWords(client: KubeClient): Promise<string> {
  const { items } = await client.list<ModelDeployment>(modelDeployments);
  const waiting = items.filter((one) => !isReady(one));
  const words = waiting.map((one) => readyOf(one)?.message ?? "not looked at yet");
  return [...new Set(words)].slice(0, wordsMax).join("; ");
}

function isReady(deployment: ModelDeployment): boolean {
  const ready = readyOf(deployment);
  return ready?.status === "True" && ready.observedGeneration === deployment.metadata.generation;
}

function readyOf({ status }: ModelDeployment) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
