import { describe, expect } from "vitest";
import { condition, it, namesOn, pulls, says, useCommunities } from "../../test/deployments/test.ts";
import { isOurs } from "../models/names.ts";

useCommunities();

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
    ["silent from the first byte on", { kind: "hang" }],
    ["stalled in the middle", { kind: "hang-midway", afterLines: 2 }],
    ["refused", { kind: "answer", status: 500, body: { error: "broken" } }],
  ] as const)("a pull that is %s is begun again", async ([, fault], { community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    host.faults.add("/api/pull", fault, 1);
    if (fault.kind === "hang" || fault.kind === "hang-midway") community.pullStallTimeoutMs = 1_500;
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

  it("a disk that fills in the middle, undeclared, is named; when there is room it goes on", async ({ community }) => {
    const host = await community.addHost("host-a", { diskBytes: 1_000_000 });
    community.registry.put("tiny", { bytes: 2_000_000 });
    community.start();
    await community.deploy("chat");
    await community.until("chat", "out of disk", says("ModelPulled", "False", "DiskFull"));
    host.disk.capacityBytes = Number.POSITIVE_INFINITY;
    await community.ready("chat");
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
