import { describe, expect } from "vitest";
import type { Community } from "../../test/deployments/community.ts";
import {
  condition,
  it,
  modelsOn,
  namesOn,
  pulls,
  says,
  servedOn,
  useCommunities,
} from "../../test/deployments/test.ts";
import type { OllamaDouble } from "../../test/doubles/ollama/double.ts";
import type { ModelDeployment } from "../apis/model-deployment.ts";

useCommunities();

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

  it("fallen back to the CPU in silence, it is Degraded with numbers and serves on", async ({ community }) => {
    const spec = { hardware: { memory: "16Gi", accelerator: "nvidia" } };
    const host = await community.addHost("host-a", { vramBytes: 16 * 2 ** 30 }, spec);
    community.registry.put("tiny");
    community.start();
    await community.deploy("chat");
    await community.ready("chat");
    host.fallBackToCpu();
    const degraded = await community.until("chat", "degraded", says("Degraded", "True", "CpuFallback"));
    expect(condition(degraded, "Degraded")?.message).toMatch(/[\d.]+ MiB of [\d.]+ MiB run on the CPU of host-a/);
    expect(degraded?.status).toMatchObject({ ready: "1/1", state: "Degraded" });
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
    await expect.poll(() => namesOn(host)).toEqual([]);
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
    await expect.poll(() => namesOn(host)).toEqual([]);
  });

  it("in the middle of a pull stops the download", async ({ community }) => {
    community.registry.put("tiny", { bytes: 50_000_000 });
    const host = await community.addHost("host-a", { pullBytesPerSecond: 1_000_000 });
    community.start();
    await community.deploy("chat");
    await expect.poll(() => pulls(host)).toBe(1);
    await community.remove("chat");
    await community.until("chat", "gone", (deployment) => deployment === undefined);
    expect(namesOn(host)).toEqual([]);
  });
});
