/** The story of test/node on a cluster of kind, and what only a network that enforces NetworkPolicies can show. */
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { releasedVersions } from "../chart/released/versions.ts";
import { clusterTests } from "../node/cluster.suite.ts";
import { imageTests } from "../node/image.suite.ts";
import { buildReleased, releasedTests } from "../node/released.suite.ts";
import { remains } from "../node/remains.ts";
import type { Substrate } from "../node/substrate.ts";
import { startKind } from "./cluster.ts";
import { dockerImages } from "./docker-images.ts";
import { policyTests } from "./policies.suite.ts";
import { assertKindPossible } from "./requirements.ts";

await assertKindPossible(process.env, process.platform);

let cluster: Substrate | undefined;
const theCluster = (): Substrate => {
  if (!cluster) throw new Error("no cluster was started");
  return cluster;
};

afterEach(async ({ task }) => {
  if (cluster && task.result?.state === "fail") process.stderr.write(`${await remains(cluster)}\n`);
});

describe("in one cluster", () => {
  beforeAll(async () => {
    cluster = await startKind();
  });
  afterAll(stop);

  describe("the image", () => imageTests(theCluster));

  describe("a community in a cluster of kind", () => clusterTests(theCluster, policyTests));
});

describe.each(releasedVersions)("a community that was founded with %s", (version) => {
  beforeAll(async () => {
    await buildReleased(dockerImages, version);
    cluster = await startKind();
  });
  afterAll(stop);

  releasedTests(theCluster, version);
});

async function stop(): Promise<void> {
  await cluster?.stop();
  cluster = undefined;
}
