/** The whole operator under its generated permissions and nothing more: a real API server, a double of Ollama, a file served on loopback. */
import { setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { startTestControlPlane } from "../../test/control-plane/test.ts";
import { type OllamaDouble, startOllamaDouble } from "../../test/doubles/ollama/double.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { systemNamespace } from "../apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import { modelHosts } from "../apis/model-host.ts";
import { operatorService } from "../apis/permissions.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { kubeConfigFromFile } from "../kube/kubeconfig.ts";
import { digestOf } from "../models/digest.ts";
import { readSettings } from "./settings.ts";
import { type RunningOperator, startOperator } from "./start.ts";

const identity = serviceAccount(systemNamespace, operatorService.name);
const root = join(import.meta.dirname, "../..");
const model = tinyGguf();
const logged: { level: number; msg: string; err?: { message: string } }[] = [];

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;
let double: OllamaDouble;
let files: Server;
let operator: RunningOperator;
let operatorClient: KubeClient;

beforeAll(async () => {
  plane = await startTestControlPlane({ identities: [identity] });
  admin = createKubeClient(kubeConfigFromFile(plane.adminKubeconfigPath), { clock: systemClock });
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  await installManifests(admin, root, systemClock, signal);
  double = await startOllamaDouble();
  files = createServer((_, response) => response.end(model));
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  ({ operator, client: operatorClient } = await start("first"));
});

afterAll(async () => {
  await operator?.stop();
  await Promise.all([operatorClient?.close(), admin?.close(), double?.stop()]);
  files?.close();
  await plane?.discard();
});

async function start(name: string): Promise<{ operator: RunningOperator; client: KubeClient }> {
  const client = createKubeClient(kubeConfigFromFile(plane.kubeconfig(identity)), { clock: systemClock });
  const settings = readSettings({
    COMMONHOLD_OPERATOR_PORT: "0",
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.1",
    COMMONHOLD_HOST_ADDRESSES: "127.0.0.1",
    COMMONHOLD_LEASE_DURATION_MS: "10000",
  });
  const write = (line: string) => void logged.push(JSON.parse(line));
  const logger = pino({ level: "info" }, { write });
  const dependencies = { settings, client, logger, identity: name, clock: systemClock, random: systemRandom };
  return { operator: await startOperator(dependencies), client };
}

const chat = { name: "chat", namespace: "default" };

function spec() {
  const { port } = files.address() as AddressInfo;
  const file = { url: `http://127.0.0.1:${port}/tiny.gguf`, sha256: digestOf(model).slice(7), size: model.length };
  return { model: { files: [file] }, context: 512 } as ModelDeployment["spec"];
}

describe("the operator as a service", () => {
  test("serves health, then readiness once its caches hold the cluster, and metrics", async () => {
    expect(await (await fetch(`${operator.url}/healthz`)).text()).toBe("ok\n");
    await expect.poll(async () => (await fetch(`${operator.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    expect(metrics).toContain("commonhold_operator_queue_depth");
    expect(metrics).toContain("commonhold_operator_leader");
  });

  test("brings a model onto a host and off again with the permissions that are generated for it", async () => {
    const direct = { url: double.url };
    await admin.create(modelHosts, {
      metadata: { name: "host-a" },
      spec: { owner: "alice", endpoint: { direct }, hardware: { memory: "8Gi" } },
    } as never);
    await admin.create<ModelDeployment>(modelDeployments, { metadata: chat, spec: spec() } as never);
    const status = async () => (await admin.get<ModelDeployment>(modelDeployments, chat))?.status;
    await expect.poll(async () => (await status())?.ready).toBe("1/1");
    expect(await status()).toMatchObject({ model: { source: "Files", architecture: "llama", blockCount: 1 } });
    await admin.remove(modelDeployments, chat);
    await expect.poll(() => admin.get(modelDeployments, chat)).toBeUndefined();
    expect(double.disk.list()).toEqual([]);
    expect(logged.filter(({ level, err }) => level >= 50 || /forbidden/i.test(err?.message ?? ""))).toEqual([]);
  });

  test("gives its lease back when it stops, so that another one leads at once", async () => {
    await operator.stop();
    await operatorClient.close();
    ({ operator, client: operatorClient } = await start("second"));
    await expect
      .poll(async () => (await fetch(`${operator.url}/metrics`)).text())
      .toContain("commonhold_operator_leader 1");
  });
});
