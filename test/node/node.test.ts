/** A cluster of one real node, and what is proved on it: the node itself, then the image, then the chart; then, on another, what comes of a version that was released. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { releasedVersions } from "../chart/released/versions.ts";
import { buildahImages, systemImages } from "./buildah.ts";
import { clusterTests } from "./cluster.suite.ts";
import { imageTests } from "./image.suite.ts";
import { type RealNode, startNode } from "./node.ts";
import { nodePrograms } from "./programs.ts";
import { buildReleased, releasedTests } from "./released.suite.ts";
import { remains } from "./remains.ts";
import { assertNodePossible } from "./requirements.ts";

let node: RealNode | undefined;
const theNode = (): RealNode => {
  if (!node) throw new Error("no node was started");
  return node;
};

beforeAll(assertNodePossible);
afterEach(async ({ task }) => {
  if (node && task.result?.state === "fail") process.stderr.write(`${await remains(node)}\n`);
});

describe("on one node", () => {
  beforeAll(async () => {
    node = await startNode(await systemImages(await nodePrograms()));
  });
  afterAll(stop);

  describe("the node", () => {
    test("is of the API server's own version and has room for pods", async () => {
      const nodes = JSON.parse(await theNode().kubectl(["get", "nodes", "-o", "json"])) as { items: NodeObject[] };
      expect(nodes.items.map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual([await serverVersion()]);
      expect(Number(nodes.items[0]?.status.allocatable["pods"])).toBeGreaterThan(20);
    });
  });

  describe("the image", () => imageTests(theNode));

  describe("a community in the cluster", () => clusterTests(theNode));
});

describe.each(releasedVersions)("a community that was founded with %s", (version) => {
  beforeAll(async () => {
    const system = await systemImages(await nodePrograms());
    // A node waits most of the time while it starts.
    const building = buildReleased(buildahImages, version);
    const starting = startNode(system).then((started) => {
      node = started;
    });
    await Promise.allSettled([building, starting]);
    await Promise.all([building, starting]);
  });
  afterAll(stop);

  releasedTests(theNode, version);
});

async function stop(): Promise<void> {
  await node?.stop();
  node = undefined;
}

async function serverVersion(): Promise<string> {
  const { serverVersion } = JSON.parse(await theNode().kubectl(["version", "-o", "json"])) as Versions;
  return serverVersion.gitVersion;
}

interface NodeObject {
  status: { nodeInfo: { kubeletVersion: string }; allocatable: Record<string, string> };
}

interface Versions {
  serverVersion: { gitVersion: string };
}
