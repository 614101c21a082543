/** A cluster of one real node, and what is proved on it: the node itself, then the image, then the chart. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemImages } from "./buildah.ts";
import { clusterTests } from "./cluster.suite.ts";
import { imageTests } from "./image.suite.ts";
import { type RealNode, startNode } from "./node.ts";
import { nodePrograms } from "./programs.ts";
import { remains } from "./remains.ts";
import { assertNodePossible } from "./requirements.ts";

let node: RealNode;

beforeAll(async () => {
  assertNodePossible();
  node = await startNode(await systemImages(await nodePrograms()));
});
afterEach(async ({ task }) => {
  if (node && task.result?.state === "fail") process.stderr.write(`${await remains(node)}\n`);
});
afterAll(() => node?.stop());

describe("the node", () => {
  test("is of the API server's own version and has room for pods", async () => {
    const nodes = JSON.parse(await node.kubectl(["get", "nodes", "-o", "json"])) as { items: NodeObject[] };
    expect(nodes.items.map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual([await serverVersion()]);
    expect(Number(nodes.items[0]?.status.allocatable["pods"])).toBeGreaterThan(20);
  });
});

describe("the image", () => imageTests(() => node));

describe("a community in the cluster", () => clusterTests(() => node));

async function serverVersion(): Promise<string> {
  const { serverVersion } = JSON.parse(await node.kubectl(["version", "-o", "json"])) as Versions;
  return serverVersion.gitVersion;
}

interface NodeObject {
  status: { nodeInfo: { kubeletVersion: string }; allocatable: Record<string, string> };
}

interface Versions {
  serverVersion: { gitVersion: string };
}
