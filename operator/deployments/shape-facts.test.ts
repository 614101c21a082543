import { describe, expect, test } from "vitest";
import { World } from "../../test/deployments/world.ts";
import { placementOf } from "../../test/deployments/world-host.ts";
import type { ResolvedModel } from "../apis/model-deployment.ts";
import type { ModelShape } from "../models/model-shape.ts";
import { estimate, rememberedEstimate } from "./estimator.ts";
import { factsOf, shapeOf } from "./shape-facts.ts";

const llama: ModelShape = {
  architecture: "llama",
  kind: "model",
  blockCount: 30,
  embeddingLength: 576,
  headCount: 9,
  headCountKv: 3,
  contextLength: 8192,
  vocabSize: 49_152,
  embeddingModel: false,
};
const recurrent = { convolution: 4, state: 128, inner: 4096, groups: 8 };

const shapes: Record<string, ModelShape> = {
  "a model that generates": llama,
  "a model that only embeds": { ...llama, architecture: "bert", contextLength: 512, embeddingModel: true },
  "a recurrent model": { ...llama, architecture: "mamba2", headCountKv: [0, 3], recurrent },
};

const world = new World();
const deployment = world.get(world.deploy("chat"));
const host = { ...placementOf(world.addHost("host-a")), accelerated: false };
const parallel = { ...host, engine: { ...host.engine, parallel: 4 } };

function modelOf(shape: ModelShape): ResolvedModel {
  return { reference: "m", digest: `sha256:${"a".repeat(64)}`, source: "Registry", sizeBytes: 1e8, ...factsOf(shape) };
}

describe("a status holds the shape of", () => {
  test.each(Object.entries(shapes))("%s, so that a restart estimates the same", (_, shape) => {
    expect(shapeOf(modelOf(shape))).toEqual(shape);
  });
});

test("models that differ only in what they are for are estimated apart, and remembered apart", () => {
  const remembered = rememberedEstimate();
  const hybrid = { ...llama, headCountKv: [0, 3] };
  const kinds = [llama, { ...llama, embeddingModel: true }, hybrid, { ...hybrid, recurrent }];
  const totals = kinds.map((shape) => {
    const model = modelOf(shape);
    const { totalBytes } = remembered(deployment, model, parallel);
    expect(totalBytes).toBe(estimate(deployment, model, parallel).totalBytes);
    return totalBytes;
  });
  expect(new Set(totals).size).toBe(kinds.length);
});
