/** Operator and filler together, each under its own generated permissions: a real API server, real registries, a real Ollama. */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { startTestControlPlane } from "../../test/control-plane/test.ts";
import type { RegistryRequest } from "../../test/doubles/registry/faults.ts";
import { Site } from "../../test/site-registry/site.ts";
import { systemNamespace } from "../apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import { modelHosts } from "../apis/model-host.ts";
import { operatorService, registryFillerService } from "../apis/permissions.ts";
import { systemClock, systemRandom } from "../clock/system.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { kubeConfigFromFile } from "../kube/kubeconfig.ts";
import { readSettings as readOperatorSettings } from "../server/settings.ts";
import { startOperator } from "../server/start.ts";
import { readSettings } from "./settings.ts";
import { startFiller } from "./start.ts";

const operatorAccount = serviceAccount(systemNamespace, operatorService.name);
const fillerAccount = serviceAccount(systemNamespace, registryFillerService.name);
const logger = pino({ level: "silent" });
const patient = { timeout: 60_000 };

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;
let site: Site;
let ollama: Awaited<ReturnType<typeof startTestOllama>>;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [plane, site, ollama] = await Promise.all([
    startTestControlPlane({ identities: [operatorAccount, fillerAccount] }),
    Site.start(),
    startTestOllama(),
  ]);
  admin = clientOf(plane.adminKubeconfigPath);
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  await installManifests(admin, join(import.meta.dirname, "../.."), systemClock, signal);
  const known = {
    COMMONHOLD_SITE_REGISTRY: site.pushes.host,
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.1",
  };
  const common = { clock: systemClock, random: systemRandom, logger };
  const filler = await startFiller({
    ...common,
    client: clientOf(plane.kubeconfig(fillerAccount)),
    limits: { settleMs: 50, retryBaseMs: 200, retryMaxMs: 500 },
    settings: readSettings({
      ...known,
      COMMONHOLD_INSECURE_REGISTRIES: site.proxy.host,
      COMMONHOLD_REGISTRY_DOOR: site.pushes.origin,
      COMMONHOLD_FILLING_FOLDER: scratchDirectory("filling"),
      COMMONHOLD_FILLER_PORT: "0",
    }),
  });
  ends.push(() => filler.stop());
  const operator = await startOperator({
    ...common,
    client: clientOf(plane.kubeconfig(operatorAccount)),
    identity: "one",
    settings: readOperatorSettings({
      ...known,
      COMMONHOLD_SITE_REGISTRY_FILLS: "true",
      COMMONHOLD_INSECURE_REGISTRIES: `${site.proxy.host},${site.pushes.host}`,
      COMMONHOLD_HOST_ADDRESSES: "127.0.0.1",
      COMMONHOLD_OPERATOR_PORT: "0",
    }),
  });
  ends.push(() => operator.stop());
  const spec = { owner: "alice", endpoint: { direct: { url: ollama.url } }, hardware: { memory: "8Gi" } };
  await admin.create(modelHosts, { metadata: { name: "host-a" }, spec } as never);
});
afterEach(() => site.heal());
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  await Promise.all([ollama?.discard(), site?.end()]);
  await plane?.discard();
});

function clientOf(kubeconfig: string): KubeClient {
  const client = createKubeClient(kubeConfigFromFile(kubeconfig), { clock: systemClock });
  ends.push(() => client.close());
  return client;
}

async function deploy(name: string): Promise<() => Promise<ModelDeployment["status"]>> {
  const metadata = { name, namespace: "default" };
  const spec = { model: { ollama: `${site.proxy.host}/library/${name}:1` }, context: 512 };
  await admin.create<ModelDeployment>(modelDeployments, { metadata, spec } as never);
  return async () => (await admin.get<ModelDeployment>(modelDeployments, metadata))?.status;
}

const byOllama = ({ headers }: RegistryRequest): boolean => String(headers["user-agent"]).startsWith("ollama/");

describe("where the site's registry fills itself", () => {
  test("hosts wait for its copy, and not one of them asks the model's own registry", async () => {
    const { weights, digest } = await site.push("waited", { seed: 31 });
    const fails = ({ method, path, range }: RegistryRequest) =>
      method === "GET" && path.endsWith(weights) && !/-\d+$/.test(range ?? "");
    const lift = site.proxy.lay({ match: fails, act: { kind: "answer", status: 503 } });
    const status = await deploy("waited");
    await expect.poll(async () => (await status())?.replicas?.[0]?.reason, patient).toBe("SiteRegistryFills");
    expect((await status())?.conditions?.find(({ type }) => type === "Progressing")).toMatchObject({
      status: "True",
      message: expect.stringMatching(/site's registry fetches .*waited:1 first .* from its own registry from .*Z on/),
    });
    lift();
    await expect.poll(async () => (await status())?.ready, patient).toBe("1/1");
    expect((await status())?.model).toMatchObject({ digest, pulledFrom: expect.stringContaining(site.pushes.host) });
    expect(site.proxy.requests.filter(byOllama)).toEqual([]);
    expect(site.pushes.requests.filter(byOllama).length).toBeGreaterThan(0);
  });

  test("hosts pull from the model's own registry at once while the site's is away", async () => {
    await site.push("direct", { seed: 32 });
    site.pushes.lay({ act: { kind: "reset" } });
    const status = await deploy("direct");
    await expect.poll(async () => (await status())?.ready, patient).toBe("1/1");
    expect((await status())?.model).not.toHaveProperty("pulledFrom");
    expect(site.proxy.requests.filter(byOllama).length).toBeGreaterThan(0);
  });
});
