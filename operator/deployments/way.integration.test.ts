import { describe, expect } from "vitest";
import {
  it,
  modelsOn,
  namesOn,
  pulls,
  says,
  servedOn,
  unhurried,
  useCommunities,
} from "../../test/deployments/test.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import { digestOf } from "../models/digest.ts";
import { isOurs } from "../models/names.ts";

useCommunities();

describe("a model comes onto a host", () => {
  it("from nothing to Ready in at most four status writes, under names of ours alone", async ({ community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start(unhurried);
    await community.deploy("chat");
    const deployment = await community.ready("chat");
    expect(community.statusWrites).toBeLessThanOrEqual(4);
    expect(deployment.status).toMatchObject({ state: "Ready", readyReplicas: 1, model: { source: "Registry" } });
    expect(host.isLoaded(servedOn(deployment))).toBe(true);
    expect(namesOn(host).every(isOurs)).toBe(true);
  });

  it("shows how far a slow download is, coalesced", async ({ community }) => {
    community.registry.put("tiny", { bytes: 4_000_000 });
    // 800 events.
    await community.addHost("host-a", { pullBytesPerSecond: 1_000_000, tickMs: 5 });
    community.start({ softWriteMs: 150 });
    await community.deploy("chat");
    const pulling = await community.until("chat", "half-way", ({ status } = {} as ModelDeployment) =>
      /^[1-9]\d?% of 3\.8 MiB$/.test(status?.progress ?? ""),
    );
    expect(pulling?.status).toMatchObject({ state: "Pulling", ready: "0/1" });
    const deployment = await community.ready("chat");
    expect(deployment.status?.progress).toBeUndefined();
    // One for each twentieth at most, and those of the other steps.
    expect(community.statusWrites).toBeLessThanOrEqual(26);
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
    expect(status?.model?.reference).toBe("tiny.gguf");
    expect(pulls(host)).toBe(0);
  });
});
