import { join } from "node:path";
import { afterEach, beforeAll, describe, expect } from "vitest";
import { createNamespace, installCrds, test, workerControlPlane } from "../../test/control-plane/test.ts";
import { Community } from "../../test/deployments/community.ts";
import type { OllamaDouble } from "../../test/doubles/ollama/double.ts";
import { shortest } from "../../test/doubles/ollama/names.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import { digestOf } from "../models/digest.ts";
import { isOurs } from "../models/names.ts";

const crds = join(import.meta.dirname, "../../manifests/crds");

beforeAll(async () => {
  await installCrds(await workerControlPlane(), crds);
});

const communities: Community[] = [];

afterEach(async () => {
  for (const community of communities.splice(0)) await community.close();
});

const it = test.extend("community", ({ plane, namespace }) => {
  const community = new Community({ plane, namespace });
  communities.push(community);
  return community;
});

function condition(deployment: ModelDeployment | undefined, type: string) {
  return deployment?.status?.conditions?.find((each) => each.type === type);
}

function says(type: string, status: string, reason?: string) {
  return (deployment: ModelDeployment | undefined): boolean => {
    const found = condition(deployment, type);
    return found?.status === status && (reason === undefined || found.reason === reason);
  };
}

function modelsOn(host: OllamaDouble): { name: string; digest: string }[] {
  const listed = host.disk.list().map(({ name, manifest }) => ({ name: shortest(name), digest: manifest.digest }));
  return listed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function namesOn(host: OllamaDouble): string[] {
  return modelsOn(host).map(({ name }) => name);
}

function servedOn({ status }: ModelDeployment): string {
  return status?.replicas?.[0]?.hosts[0]?.model ?? "";
}

function pulls(host: OllamaDouble): number {
  return host.requests.filter(({ path }) => path === "/api/pull").length;
}

describe("a model comes onto a host", () => {
  it("from nothing to Ready in at most four status writes, under names of ours alone", async ({ community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start();
    await community.deploy("chat");
    const deployment = await community.ready("chat");
    expect(community.statusWrites).toBeLessThanOrEqual(4);
    expect(deployment.status).toMatchObject({ state: "Ready", readyReplicas: 1, model: { source: "Registry" } });
    expect(host.isLoaded(servedOn(deployment))).toBe(true);
    expect(namesOn(host).every(isOurs)).toBe(true);
  });

  it("shows how far a slow download is, coalesced", async ({ community }) => {
    community.registry.put("tiny", { bytes: 4_000_000 });
    await community.addHost("host-a", { pullBytesPerSecond: 4_000_000, tickMs: 20 });
    community.start({ softWriteMs: 150 });
    await community.deploy("chat");
    const pulling = await community.until("chat", "half-way", ({ status } = {} as ModelDeployment) =>
      /^[1-9]\d?% of 3\.8 MiB$/.test(status?.progress ?? ""),
    );
    expect(pulling?.status).toMatchObject({ state: "Pulling", ready: "0/1" });
    const deployment = await community.ready("chat");
    expect(deployment.status?.progress).toBeUndefined();
    expect(community.statusWrites).toBeLessThanOrEqual(14);
  });

  it("two deployments of one model on one host, each under its own names, one deleted and the other untouched", async ({
    community,
  }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start();
    await Promise.all([community.deploy("one"), community.deploy("two")]);
    await Promise.all([community.ready("one"), community.ready("two")]);
    expect(namesOn(host)).toHaveLength(4);
    await community.remove("one");
    await community.until("one", "gone", (deployment) => deployment === undefined);
    const two = await community.ready("two");
    expect(namesOn(host)).toHaveLength(2);
    expect(namesOn(host)).toContain(servedOn(two));
  });

  it("a person's own model of that name with other content is never overwritten, and another host is taken", async ({
    community,
  }) => {
    community.registry.put("tiny", { seed: "a person's" });
    const personal = await community.addHost("host-a");
    personal.give("tiny");
    const before = modelsOn(personal);
    community.registry.put("tiny", { seed: "the community's" });
    await community.addHost("host-b");
    community.start();
    await community.deploy("chat", { replicas: 2 });
    const deployment = await community.until("chat", "half placed", says("Available", "True", "SomeReplicaReady"));
    expect(deployment?.status?.refusals).toMatchObject([{ reason: "NameInTheWay" }]);
    expect(modelsOn(personal)).toEqual(before);
  });

  it("files are sent to the host and made into a model there, their pin being the digest", async ({ community }) => {
    const bytes = tinyGguf();
    const host = await community.addHost("host-a");
    community.files = async function* () {
      yield bytes.subarray(0, 10);
      yield bytes.subarray(10);
    };
    community.start();
    const file = { url: "https://example.org/tiny.gguf", sha256: digestOf(bytes).slice(7), size: bytes.length };
    await community.deploy("chat", { model: { files: [file] } });
    const { status } = await community.ready("chat");
    expect(status?.model).toMatchObject({ source: "Files", sizeBytes: bytes.length });
    expect(status?.model?.reference).toMatch(/^tiny\.gguf@sha256:/);
    expect(pulls(host)).toBe(0);
  });
});

describe("what goes wrong on the way", () => {
  it("an unknown model stalls with the registry's words", async ({ community }) => {
    await community.addHost("host-a");
    community.start();
    await community.deploy("chat", { model: { ollama: "nothing-of-that-name" } });
    const deployment = await community.until("chat", "stalled", says("Stalled", "True", "ModelNotFound"));
    expect(condition(deployment, "Ready")?.message).toContain("file does not exist");
  });

  it("a registry that is down at first is asked again; down later, what is Ready stays Ready", async ({
    community,
  }) => {
    await community.addHost("host-a");
    community.registry.put("tiny");
    community.registryDown = true;
    community.start({ recheckMs: 300 });
    await community.deploy("chat");
    await community.until("chat", "waiting for it", says("Resolved", "False", "RegistryUnreachable"));
    community.registryDown = false;
    const ready = await community.ready("chat");
    community.registryDown = true;
    await community.change("chat", { priority: 1 });
    const after = await community.ready("chat");
    expect(after.status?.model).toEqual(ready.status?.model);
  });

  it("a host that claims another digest never serves, keeps nothing of it, and heals when it is honest", async ({
    community,
  }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    host.claimDigest("tiny:latest", "f".repeat(64));
    community.start();
    await community.deploy("chat");
    const failed = await community.until("chat", "refused", says("ModelPulled", "False", "DigestMismatch"));
    expect(failed?.status?.readyReplicas).toBe(0);
    host.claimDigest("tiny:latest", undefined);
    await community.ready("chat");
    expect(namesOn(host).every(isOurs)).toBe(true);
  });

  it.for([
    ["cut in the middle", { kind: "close-midway", afterLines: 2 }],
    ["ended without a result", { kind: "end-midway", afterLines: 2 }],
    ["failed inside a 200", { kind: "error-midway", afterLines: 1, error: "max retries exceeded: EOF" }],
    ["refused", { kind: "answer", status: 500, body: { error: "broken" } }],
  ] as const)("a pull that is %s is begun again", async ([, fault], { community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    host.faults.add("/api/pull", fault, 1);
    community.start();
    await community.deploy("chat");
    await community.ready("chat");
    expect(pulls(host)).toBeGreaterThanOrEqual(2);
  });

  it("a disk that has no room is named before the pull begins", async ({ community }) => {
    const host = await community.addHost("host-a", {}, { hardware: { memory: "16Gi", disk: "1Mi" } });
    community.registry.put("tiny", { bytes: 2_000_000 });
    community.start();
    await community.deploy("chat");
    const waiting = await community.until("chat", "refused", says("Placed", "False", "NoHostFits"));
    expect(waiting?.status?.refusals).toMatchObject([
      { reason: "NotEnoughDisk", message: expect.stringContaining("needs 1.9 MiB of disk; 1.0 MiB of 1.0 MiB free") },
    ]);
    expect(pulls(host)).toBe(0);
  });

  it("a model larger than every host says which host lacks how much", async ({ community }) => {
    await community.addHost("host-a", {}, { hardware: { memory: "1Gi" } });
    community.registry.put("tiny", { bytes: 3 * 2 ** 30 });
    community.start();
    await community.deploy("chat");
    const waiting = await community.until("chat", "refused", says("Placed", "False", "NoHostFits"));
    expect(condition(waiting, "Ready")?.message).toMatch(/Larger than every host.*needs 3\.\d GiB; has 1\.0 GiB/);
  });
});

describe("what happens to what is served", () => {
  async function served(community: Community): Promise<{ host: OllamaDouble; name: string }> {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start();
    await community.deploy("chat");
    return { host, name: servedOn(await community.ready("chat")) };
  }

  it("pushed out of memory, it is loaded again", async ({ community }) => {
    const { host, name } = await served(community);
    host.evict(name);
    await community.until("chat", "loading", ({ status } = {} as ModelDeployment) => status?.ready === "0/1");
    await community.ready("chat");
    expect(host.isLoaded(name)).toBe(true);
  });

  it("deleted by hand, it is made again", async ({ community }) => {
    const { host, name } = await served(community);
    await fetch(`${host.url}/api/delete`, { method: "DELETE", body: JSON.stringify({ model: name }) });
    await community.until("chat", "noticed", ({ status } = {} as ModelDeployment) => status?.ready === "0/1");
    await community.ready("chat");
    expect(namesOn(host)).toContain(name);
  });

  it("overwritten by hand, it is made again as it was", async ({ community }) => {
    const { host, name } = await served(community);
    const before = modelsOn(host).find((model) => model.name === name)?.digest;
    const body = JSON.stringify({ model: name, from: name, system: "You are somebody else.", stream: false });
    await fetch(`${host.url}/api/create`, { method: "POST", body });
    await community.until("chat", "noticed", ({ status } = {} as ModelDeployment) => status?.ready === "0/1");
    await community.ready("chat");
    expect(modelsOn(host).find((model) => model.name === name)?.digest).toBe(before);
  });

  it("its server restarted, it is loaded again and nothing is pulled", async ({ community }) => {
    const { host, name } = await served(community);
    await host.restart();
    await community.until("chat", "lost", ({ status } = {} as ModelDeployment) => status?.ready === "0/1");
    await community.ready("chat");
    expect(host.isLoaded(name)).toBe(true);
    expect(pulls(host)).toBe(1);
  });

  it("its host away for longer than the grace, another takes over, and the first is cleaned when it is back", async ({
    community,
  }) => {
    const { host } = await served(community);
    const other = await community.addHost("host-b");
    await host.stop();
    const moved = await community.until("chat", "on the other host", ({ status } = {} as ModelDeployment) =>
      Boolean(status?.ready === "1/1" && status.hosts === community.hostName("host-b")),
    );
    expect(namesOn(other)).toContain(servedOn(moved!));
    await host.start();
    await expect.poll(() => namesOn(host), { timeout: 10_000 }).toEqual([]);
  });

  it("a moved tag is proposed, not taken, also after a restart; pinned, it is taken while the old one serves", async ({
    community,
  }) => {
    const { host, name } = await served(community);
    const newer = community.registry.put("tiny", { seed: "newer" }).digest;
    await community.stop();
    community.start({ recheckMs: 100 });
    const proposed = await community.until("chat", "offered", says("UpdateAvailable", "True"));
    expect(proposed?.status).toMatchObject({ ready: "1/1", available: { digest: newer } });
    expect(namesOn(host)).toContain(name);
    await community.change("chat", { model: { digest: newer } });
    await community.until("chat", "updated", ({ status } = {} as ModelDeployment) => status?.model?.digest === newer);
    await community.ready("chat");
    await expect.poll(() => namesOn(host)).toHaveLength(2);
    expect(namesOn(host)).not.toContain(name);
  });

  it("changed settings are made beside the old ones, which serve until then", async ({ community }) => {
    const { host, name } = await served(community);
    await community.change("chat", { system: "Answer in one sentence." });
    const ready = await community.ready("chat");
    expect(servedOn(ready)).not.toBe(name);
    await expect.poll(() => namesOn(host)).toHaveLength(2);
  });
});

describe("a deployment that is deleted", () => {
  it("is gone once its models are off the disk and out of memory", async ({ community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start();
    await community.deploy("chat");
    const name = servedOn(await community.ready("chat"));
    await community.remove("chat");
    await community.until("chat", "gone", (deployment) => deployment === undefined);
    expect(namesOn(host)).toEqual([]);
    expect(host.isLoaded(name)).toBe(false);
  });

  it("does not wait for a host that is away; that host is cleaned on return, also by a new operator", async ({
    community,
  }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start({ hostLostGraceMs: 60_000 });
    await community.deploy("chat");
    await community.ready("chat");
    await host.stop();
    await community.until("chat", "lost", ({ status } = {} as ModelDeployment) => status?.ready === "0/1");
    await community.remove("chat");
    await community.until("chat", "gone", (deployment) => deployment === undefined);
    await community.stop();
    expect(namesOn(host)).toHaveLength(2);
    await host.start();
    community.start();
    await expect.poll(() => namesOn(host), { timeout: 10_000 }).toEqual([]);
  });

  it("in the middle of a pull stops the download", async ({ community }) => {
    community.registry.put("tiny", { bytes: 50_000_000 });
    const host = await community.addHost("host-a", { pullBytesPerSecond: 1_000_000 });
    community.start();
    await community.deploy("chat");
    await expect.poll(() => pulls(host), { timeout: 10_000 }).toBe(1);
    await community.remove("chat");
    await community.until("chat", "gone", (deployment) => deployment === undefined);
    expect(namesOn(host)).toEqual([]);
  });
});

describe("an operator killed", () => {
  const callsOfTheWay = 26;
  const lanes = 4;

  it("before any of its calls leaves nothing that the next one does not finish", { timeout: 90_000 }, async ({
    plane,
  }) => {
    const deaths = Array.from({ length: callsOfTheWay }, (_, index) => index + 1);
    const lane = async (first: number): Promise<void> => {
      for (const death of deaths.filter((_, index) => index % lanes === first)) {
        const community = new Community({ plane, namespace: await createNamespace(plane) });
        communities.push(community);
        const host = await community.addHost("host-a");
        community.registry.put("tiny");
        community.dieAt = death;
        community.start();
        await community.deploy("chat");
        await Promise.race([community.died(), community.ready("chat")]);
        await community.stop();
        community.start();
        const ready = await community.ready("chat");
        expect(namesOn(host).toSorted(), `killed before call ${death}`).toEqual(
          [servedOn(ready), ready.status?.replicas?.[0]?.hosts[0]?.base].toSorted(),
        );
        await community.stop();
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  });
});
