/**
 * The real gateway process on a real control plane with one member, one deployment and one host. There is no operator: what it would
 * write into the statuses is written here, once.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { newKey } from "../../../api/members/key.ts";
import { adminClient } from "../../../cli/up/community/admin-client.ts";
import { installManifests } from "../../../cli/up/community/manifests.ts";
import { type RunningService, startService } from "../../../cli/up/community/services.ts";
import { serviceAccount, startControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { members } from "../../../operator/apis/member.ts";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import { gatewayService } from "../../../operator/apis/permissions.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { Bench } from "../benchmark.ts";
import { profiled, serviceEnvironment } from "../processes/service-environment.ts";
import type { Programs } from "../programs.ts";

export interface GatewayCommunity {
  readonly gateway: RunningService;
  readonly key: string;
  readonly model: string;
}

/** More than the load ever asks at once: nothing waits in the gateway's queue, which is not what is measured. */
const parallel = 64;
const write = { fieldManager: "bench" };

export async function startGatewayCommunity(
  bench: Bench,
  programs: Programs,
  upstreamUrl: string,
): Promise<GatewayCommunity> {
  const { root, scratch, stack, signal } = bench;
  const identity = serviceAccount(systemNamespace, gatewayService.name);
  const directory = join(scratch, "gateway-control-plane");
  const plane = stack.add(
    await startControlPlane({ directory, programs: programs.paths, identities: [identity], durable: false, signal }),
  );
  const { client } = stack.add(adminClient(plane.adminKubeconfigPath, systemClock));
  await installManifests(client, root, systemClock, signal);
  const key = await applyObjects(client, upstreamUrl);
  const env = {
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_HOST_ADDRESSES: new URL(upstreamUrl).host,
    COMMONHOLD_GATEWAY_PORT: "0",
    KUBECONFIG: plane.kubeconfig(identity),
    ...profiled(bench, "gateway"),
  };
  const place = { compiled: join(root, "dist"), logs: scratch, clock: systemClock, signal };
  const gateway = stack.add(
    await startService({ name: "gateway", entry: "api/main.js", env }, { ...place, baseEnv: serviceEnvironment() }),
  );
  return { gateway, key, model: "bench" };
}

async function applyObjects(client: KubeClient, upstreamUrl: string): Promise<string> {
  const { key, prefix, sha256 } = newKey(randomBytes);
  const host = {
    owner: "bench",
    endpoint: { direct: { url: upstreamUrl } },
    hardware: { memory: "8Gi" },
    engine: { kind: "Ollama", parallel },
  };
  const keys = [{ id: "bench", prefix, sha256 }];
  await client.apply(members, { metadata: { name: "bench" }, spec: { keys } } as never, write);
  await client.apply(modelHosts, { metadata: { name: "bench" }, spec: host } as never, write);
  const ref = { name: "bench", namespace: "default" };
  await client.apply(modelDeployments, { metadata: ref, spec: { model: { ollama: "bench" } } } as never, write);
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Answering",
    message: "It answers.",
    lastTransitionTime: "2026-01-01T00:00:00Z",
    observedGeneration: 1,
  };
  const conditions = [ready];
  await client.applyStatus(modelHosts, { metadata: { name: "bench" }, status: { conditions } } as never, write);
  const replicas = [{ id: "r0", hosts: [{ name: "bench", bytes: 1, model: "commonhold/bench:abc" }], state: "Ready" }];
  await client.applyStatus(modelDeployments, { metadata: ref, status: { replicas } } as never, write);
  return key;
}
