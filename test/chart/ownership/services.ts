/** The services at work in a cluster that the chart was put into, each with its own token: they write what they write. */
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { expect } from "vitest";
import { watchCatalogue } from "../../../api/catalogue/watch.ts";
import { readSettings as readGatewaySettings } from "../../../api/settings.ts";
import { startGateway } from "../../../api/start.ts";
import { secretReader } from "../../../api/upstreams/secrets.ts";
import type { ControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { fieldManagers } from "../../../operator/apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../../operator/apis/model-host.ts";
import { systemClock, systemRandom } from "../../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../../operator/kube/client.ts";
import { kubeConfigFor } from "../../../operator/kube/kubeconfig.ts";
import { readSettings } from "../../../operator/server/settings.ts";
import { startOperator } from "../../../operator/server/start.ts";
import { startOllamaDouble } from "../../doubles/ollama/double.ts";
import { namespace } from "../helm.ts";
import { tokenOf } from "../installed.ts";

const logger = pino({ level: "silent" });
const clock = systemClock;
const random = systemRandom;

/** Governance writes a machine and a model, the operator says how they are, the gateway reads them. Ends when all was seen. */
export async function servicesWork(plane: ControlPlane, governed: string): Promise<void> {
  const [operatorClient, gatewayClient, governance] = (await Promise.all(
    ["operator", "gateway", "governance"].map((part) => clientOf(plane, `commonhold-${part}`)),
  )) as [KubeClient, KubeClient, KubeClient];
  const ollama = await startOllamaDouble();
  const loopback = { COMMONHOLD_NAMESPACE: namespace, COMMONHOLD_HOST_ADDRESSES: "127.0.0.1" };
  const settings = readSettings({ ...loopback, COMMONHOLD_OPERATOR_PORT: "0" });
  const operator = await startOperator({ settings, client: operatorClient, logger, identity: "one", clock, random });
  const watching = new AbortController();
  const catalogue = watchCatalogue({ client: gatewayClient, clock, random, logger });
  const watched = catalogue.run(watching.signal);
  const gateway = await startGateway({
    settings: readGatewaySettings({ ...loopback, COMMONHOLD_GATEWAY_PORT: "0" }),
    ...{ catalogue, clock, random, logger, newRequestId: randomUUID },
    readSecret: secretReader({ client: gatewayClient, clock, namespace }),
  });
  try {
    const how = { fieldManager: fieldManagers.governance };
    const host = { owner: "alice", endpoint: { direct: { url: ollama.url } }, hardware: { memory: "8Gi" } };
    await governance.apply(modelHosts, { metadata: { name: "tower" }, spec: host } as never, how);
    const model = { model: { ollama: "none.invalid/none:none" }, replicas: 1 };
    const chat = { name: "chat", namespace: governed };
    await governance.apply(modelDeployments, { metadata: chat, spec: model } as never, how);
    const written = async (): Promise<unknown[]> => [
      (await operatorClient.get<ModelHost>(modelHosts, { name: "tower" }))?.status?.conditions?.length,
      (await operatorClient.get<ModelDeployment>(modelDeployments, chat))?.status?.conditions?.length,
      (await fetch(`${gateway.url}/readyz`)).status,
    ];
    const isMany = expect.any(Number);
    await expect.poll(written).toEqual([isMany, isMany, 200]);
  } finally {
    await gateway.stop();
    watching.abort(new Error("the test ends"));
    await watched;
    await operator.stop();
    await Promise.all([operatorClient, gatewayClient, governance].map((client) => client.close()));
    await ollama.stop();
  }
}

async function clientOf(plane: ControlPlane, account: string): Promise<KubeClient> {
  const token = await tokenOf(plane, account);
  return createKubeClient(kubeConfigFor(plane.url, { token, ca: plane.authority }), { clock });
}
