import { join } from "node:path";
import { afterEach, beforeAll, describe, expect } from "vitest";
import { installCrds, test, workerControlPlane } from "../../test/control-plane/test.ts";
import { Community } from "../../test/deployments/community.ts";

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

describe("a model comes onto a host", () => {
  it("from nothing to Ready in at most four status writes, and then silence", async ({ community }) => {
    const host = await community.addHost("host-a");
    community.registry.put("tiny");
    community.start();
    await community.deploy("chat");
    const { status } = await community.ready("chat");
    expect(community.statusWrites).toBeLessThanOrEqual(4);
    expect(status).toMatchObject({ state: "Ready", readyReplicas: 1, model: { source: "Registry" } });
    expect(host.isLoaded(status?.replicas?.[0]?.hosts[0]?.model ?? "")).toBe(true);
  });
});
