/** The story of test/node on a cluster of kind, and what only a network that enforces NetworkPolicies can show. */
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { clusterTests } from "../node/cluster.suite.ts";
import { imageTests } from "../node/image.suite.ts";
import { remains } from "../node/remains.ts";
import type { Substrate } from "../node/substrate.ts";
import { startKind } from "./cluster.ts";
import { policyTests } from "./policies.suite.ts";
import { assertKindPossible } from "./requirements.ts";

await assertKindPossible(process.env, process.platform);

let cluster: Substrate;

beforeAll(async () => {
  cluster = await startKind();
});
afterEach(async ({ task }) => {
  if (cluster && task.result?.state === "fail") process.stderr.write(`${await remains(cluster)}\n`);
});
afterAll(() => cluster?.stop());

describe("the image", () => imageTests(() => cluster));

describe("a community in a cluster of kind", () => clusterTests(() => cluster, policyTests));
