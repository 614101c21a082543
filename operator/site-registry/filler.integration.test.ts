/** The filler under its generated permissions and nothing more: a real API server, real registries, and a process of its own that is killed. */
import { setMaxListeners } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { type LeashedProcess, startProcess } from "../../cli/up/processes/start.ts";
import { compileModule } from "../../test/control-plane/parent.ts";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { startTestControlPlane } from "../../test/control-plane/test.ts";
import type { RegistryRequest } from "../../test/doubles/registry/faults.ts";
import { Site } from "../../test/site-registry/site.ts";
import { systemNamespace } from "../apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import { registryFillerService } from "../apis/permissions.ts";
import { systemClock } from "../clock/system.ts";
import { createKubeClient, type KubeClient } from "../kube/client.ts";
import { kubeConfigFromFile } from "../kube/kubeconfig.ts";
import { folderOf } from "./filler.ts";
import { readSettings } from "./settings.ts";
import { type RunningFiller, startFiller } from "./start.ts";
import type { Wanted } from "./wanted.ts";

const identity = serviceAccount(systemNamespace, registryFillerService.name);
const root = join(import.meta.dirname, "../..");
const limits = { settleMs: 50, lookMs: 500, retryBaseMs: 300, retryMaxMs: 1_000, refusedRetryMs: 60_000 };
const patient = { timeout: 60_000 };

let plane: ControlPlane & { discard(): Promise<void> };
let admin: KubeClient;
let site: Site;
let made = 0;
let ends: (() => Promise<unknown>)[] = [];
let logged: { level: number; event?: string; model?: string; msg: string }[] = [];

beforeAll(async () => {
  [plane, site] = await Promise.all([startTestControlPlane({ identities: [identity] }), Site.start()]);
  admin = createKubeClient(kubeConfigFromFile(plane.adminKubeconfigPath), { clock: systemClock });
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  await installManifests(admin, root, systemClock, signal);
});
afterEach(async () => {
  for (const end of ends) await end();
  for (const { metadata } of (await admin.list<ModelDeployment>(modelDeployments)).items) {
    await admin.remove(modelDeployments, { name: metadata.name, namespace: metadata.namespace });
  }
  site.heal();
  ends = [];
  logged = [];
});
afterAll(async () => {
  await Promise.all([admin?.close(), site?.end()]);
  await plane?.discard();
});

function environment(folder: string): Record<string, string> {
  return {
    COMMONHOLD_SITE_REGISTRY: site.pushes.host,
    COMMONHOLD_REGISTRY_DOOR: site.pushes.origin,
    COMMONHOLD_FILLING_FOLDER: folder,
    COMMONHOLD_FILLER_PORT: "0",
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.1",
    COMMONHOLD_INSECURE_REGISTRIES: site.proxy.host,
  };
}

async function start(folder = scratchDirectory("filling"), freeBytes?: () => Promise<number>): Promise<RunningFiller> {
  const client = createKubeClient(kubeConfigFromFile(plane.kubeconfig(identity)), { clock: systemClock });
  const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const settings = readSettings(environment(folder));
  const random = () => 0;
  const filler = await startFiller({
    ...{ settings, client, clock: systemClock, random, logger, limits },
    ...(freeBytes && { freeBytes }),
  });
  ends.push(async () => {
    await filler.stop();
    await client.close();
  });
  return filler;
}

async function deploy(wanted: Wanted, pin?: string): Promise<{ name: string; namespace: string }> {
  const metadata = { name: `d${++made}`, namespace: "default" };
  const { host, namespace, model, tag } = wanted.reference;
  const digest = pin === undefined ? {} : { digest: pin };
  const spec = { model: { ollama: `${host}/${namespace}/${model}:${tag}`, ...digest }, context: 512 };
  await admin.create<ModelDeployment>(modelDeployments, { metadata, spec } as never);
  return metadata;
}

/** As the operator writes it. */
async function resolved(metadata: { name: string; namespace: string }, wanted: Wanted, sizeBytes = 1_000) {
  const { host, namespace, model, tag } = wanted.reference;
  const reference = `${host}/${namespace}/${model}:${tag}`;
  const found = {
    reference,
    digest: wanted.digests[0],
    source: "Registry",
    sizeBytes,
    resolvedAt: "2026-11-28T00:00:00Z",
  };
  const object = { metadata, status: { model: found } };
  await admin.applyStatus(modelDeployments, object as never, { fieldManager: "commonhold-operator" });
}

async function fresh(shape: object = {}): Promise<Wanted & { weights: string }> {
  const name = `f${++made}`;
  const { digest, weights } = await site.push(name, { seed: 20_000 + made, ...shape });
  return { ...site.wanted(name, digest), weights };
}

const digestThere = async (wanted: Wanted) => (await site.has(wanted))?.digest;
const isThere = (wanted: Wanted) => expect.poll(() => digestThere(wanted), patient).toBe(wanted.digests[0]);
const events = (event: string) => logged.filter((line) => line.event === event);
const gauge = async ({ url }: RunningFiller, state: string) => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`commonhold_registry_filler_models\\{state="${state}"\\} (\\d+)`).exec(text)?.[1]);
};
const downloads =
  (digest: string) =>
  ({ method, path, range }: RegistryRequest) =>
    method === "GET" && path.endsWith(digest) && !/-\d+$/.test(range ?? "");

describe("a site's registry fills itself", () => {
  test("with what deployments pin, and with nothing else that their registry has", async () => {
    const [wanted, other] = [await fresh(), await fresh()];
    await deploy(wanted, wanted.digests[0]);
    const filler = await start();
    await isThere(wanted);
    await expect.poll(() => gauge(filler, "present"), patient).toBe(1);
    expect(site.proxy.requests.filter(({ path }) => path.includes(other.there.model))).toEqual([]);
    expect(await digestThere(other)).toBeUndefined();
  });

  test("with what the operator found out, as soon as it has, and asks nobody before", async () => {
    const wanted = await fresh();
    const filler = await start();
    const metadata = await deploy(wanted);
    await expect.poll(() => gauge(filler, "unresolved"), patient).toBe(1);
    expect(site.proxy.requests).toEqual([]);
    await resolved(metadata, wanted);
    await isThere(wanted);
  });

  test("the smallest model first, one after the other", async () => {
    const models = [await fresh(), await fresh(), await fresh()];
    for (const [index, wanted] of models.entries()) await resolved(await deploy(wanted), wanted, 3_000 - 1_000 * index);
    await start();
    for (const wanted of models) await isThere(wanted);
    await expect.poll(() => events("copied").length, patient).toBe(3);
    const order = logged
      .filter(({ event }) => event === "copying" || event === "copied")
      .map(({ event, model }) => `${event} ${model}`);
    expect(order).toEqual(models.toReversed().flatMap(({ key }) => [`copying ${key}`, `copied ${key}`]));
  });

  test("and leaves a model at once that nobody names any more, with what was fetched of it", async () => {
    const folder = scratchDirectory("filling");
    const wanted = await fresh({ layers: 4 });
    site.proxy.lay({ match: downloads(wanted.weights), act: { kind: "stall", afterBytes: 100_000 } });
    const metadata = await deploy(wanted, wanted.digests[0]);
    await start(folder);
    const part = join(folder, folderOf(wanted), `${wanted.weights.slice(7)}.part`);
    await expect.poll(() => existsSync(part) && statSync(part).size, patient).toBeGreaterThan(0);
    await admin.remove(modelDeployments, metadata);
    await expect.poll(() => events("left").length, patient).toBe(1);
    await expect.poll(() => existsSync(join(folder, folderOf(wanted))), patient).toBe(false);
    expect(await digestThere(wanted)).toBeUndefined();
    expect(events("copy-failed")).toEqual([]);
  });

  test("but never takes away what is there, though nobody names it any more", async () => {
    const [wanted, next] = [await fresh(), await fresh()];
    const metadata = await deploy(wanted, wanted.digests[0]);
    await start();
    await isThere(wanted);
    await admin.remove(modelDeployments, metadata);
    await deploy(next, next.digests[0]);
    await isThere(next);
    expect(await digestThere(wanted)).toBe(wanted.digests[0]);
    expect(site.pushes.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  });
});

describe("where something is wrong,", () => {
  test("a line that is away is tried again, and told once", async () => {
    const wanted = await fresh();
    site.proxy.lay({ act: { kind: "reset" } });
    await deploy(wanted, wanted.digests[0]);
    const filler = await start();
    await expect.poll(() => events("copy-failed").length, patient).toBeGreaterThan(2);
    expect(events("copy-failed").filter(({ level }) => level >= 40)).toHaveLength(1);
    await expect.poll(() => gauge(filler, "failing"), patient).toBe(1);
    site.proxy.heal();
    await isThere(wanted);
    await expect.poll(() => gauge(filler, "failing"), patient).toBe(0);
    expect(await (await fetch(`${filler.url}/metrics`)).text()).toMatch(/last_failure_timestamp_seconds 1\d{9}/);
  });

  test("a model that its registry does not have keeps no other from coming", async () => {
    const [gone, wanted] = [site.wanted("gone", `sha256:${"0".repeat(64)}`), await fresh()];
    await deploy(gone, gone.digests[0]);
    await deploy(wanted, wanted.digests[0]);
    const filler = await start();
    await isThere(wanted);
    await expect.poll(() => gauge(filler, "refused"), patient).toBe(1);
    expect(events("copy-failed")).toMatchObject([{ level: 40, msg: expect.stringContaining("there is no model") }]);
  });

  test("a full disk is told in words and numbers, and filled once there is room", async () => {
    const wanted = await fresh();
    let free = 1_000;
    await deploy(wanted, wanted.digests[0]);
    await start(scratchDirectory("filling"), () => Promise.resolve(free));
    await expect.poll(() => events("copy-failed").length, patient).toBeGreaterThan(0);
    expect(events("copy-failed")[0]?.msg).toMatch(/needs .* of the disk of the site's registry .* are free/);
    free = 1e12;
    await isThere(wanted);
  });

  test("a registry of the site that is away makes it not ready, is told once, and filled when it is back", async () => {
    const wanted = await fresh();
    site.pushes.lay({ act: { kind: "reset" } });
    await deploy(wanted, wanted.digests[0]);
    const filler = await start();
    const readiness = async () => (await fetch(`${filler.url}/readyz`)).text();
    await expect.poll(readiness, patient).toMatch(/waits for the site's registry \(http.* does not answer/);
    expect((await fetch(`${filler.url}/healthz`)).status).toBe(200);
    site.pushes.heal();
    await isThere(wanted);
    await expect.poll(readiness, patient).toBe("ok\n");
    expect(events("registry-away")).toHaveLength(1);
    expect(events("registry-back")).toHaveLength(1);
  });
});

describe("a filler that is killed", () => {
  let module: string;
  beforeAll(() => {
    module = compileModule(fileURLToPath(new URL("main.ts", import.meta.url)));
  });

  async function startOwnProcess(folder: string): Promise<LeashedProcess> {
    const program = await startProcess({
      name: "filler",
      command: process.execPath,
      args: [module],
      env: { PATH: process.env["PATH"], KUBECONFIG: plane.kubeconfig(identity), ...environment(folder) },
      logPath: join(scratchDirectory("filler"), "log"),
      stopGraceMs: 60_000,
    });
    ends.push(() => program.stop());
    return program;
  }

  test("in the middle of a blob is gone on from by the next, which fetches the rest alone", async () => {
    const folder = scratchDirectory("filling");
    const wanted = await fresh({ layers: 8, width: 128 });
    const lift = site.proxy.lay({ match: downloads(wanted.weights), act: { kind: "stall", afterBytes: 500_000 } });
    await deploy(wanted, wanted.digests[0]);
    const first = await startOwnProcess(folder);
    const part = join(folder, folderOf(wanted), `${wanted.weights.slice(7)}.part`);
    await expect.poll(() => existsSync(part) && statSync(part).size, patient).toBeGreaterThan(400_000);
    first.kill("SIGKILL");
    await first.exited;
    const before = readFileSync(part).length;
    lift();
    site.proxy.forget();
    const second = await startOwnProcess(folder);
    await isThere(wanted);
    const ranges = site.proxy.requests.filter(downloads(wanted.weights)).map(({ range }) => range);
    expect(ranges).toEqual([`bytes=${before}-`]);
    expect(await second.stop()).toMatchObject({ code: 0 });
  });
});
