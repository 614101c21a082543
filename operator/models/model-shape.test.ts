import { describe, expect, test } from "vitest";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { tinyLora } from "../../test/models/tiny-lora.ts";
import { parseGguf } from "./gguf.ts";
import { shapeOfFacts, shapeOfGguf } from "./model-shape.ts";

const facts: Record<string, unknown> = {
  "general.architecture": "llama",
  "general.file_type": 15,
  "general.parameter_count": 8030261312,
  "llama.block_count": 32,
  "llama.embedding_length": 4096,
  "llama.attention.head_count": 32,
  "llama.attention.head_count_kv": 8,
  "llama.context_length": 131072,
  "llama.vocab_size": 128256,
};

const shapeOf = (change: Record<string, unknown> = {}) =>
  shapeOfFacts(new Map(Object.entries({ ...facts, ...change })));

test("what a host says in /api/show becomes a shape", () => {
  expect(shapeOf()).toEqual({
    architecture: "llama",
    kind: "model",
    blockCount: 32,
    embeddingLength: 4096,
    headCount: 32,
    headCountKv: 8,
    contextLength: 131072,
    vocabSize: 128256,
    quantization: "Q4_K_M",
    parameterCount: 8030261312,
    embeddingModel: false,
  });
});

test("a GGUF header becomes the same kind of shape, with the weights by place", () => {
  const shape = shapeOfGguf(parseGguf(tinyGguf({ layers: 2, width: 64, heads: 4, kvHeads: 2, ffn: 128 }))!);
  const block = 4 * (2 * 64 + 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 128);
  expect(shape).toMatchObject({
    architecture: "llama",
    blockCount: 2,
    headCountKv: 2,
    keyLength: 16,
    feedForwardLength: 128,
    vocabSize: 258,
    quantization: "F32",
    weights: { blocks: 2 * block, input: 4 * 64 * 258, output: 4 * (64 * 258 + 64) },
  });
});

describe("details", () => {
  test.each([
    ["heads per layer", { "llama.attention.head_count_kv": [8, 0, 8] }, { headCountKv: [8, 0, 8] }],
    ["no KV heads: as many as heads", { "llama.attention.head_count_kv": undefined }, { headCountKv: 32 }],
    ["an array that the host left out", { "llama.attention.head_count_kv": [] }, { headCountKv: 32 }],
    ["a sliding window", { "llama.attention.sliding_window": 512 }, { slidingWindow: 512 }],
    ["a pooling type: it embeds", { "llama.pooling_type": 1 }, { embeddingModel: true }],
    [
      "recurrent layers",
      {
        "llama.ssm.state_size": 128,
        "llama.ssm.inner_size": 4096,
        "llama.ssm.conv_kernel": 4,
        "llama.ssm.group_count": 8,
      },
      { recurrent: { state: 128, inner: 4096, convolution: 4, groups: 8 } },
    ],
    ["no vocabulary size", { "llama.vocab_size": undefined }, { vocabSize: 0 }],
    ["a context that nobody says", { "llama.context_length": undefined }, { contextLength: 0 }],
    ["a file type of the future", { "general.file_type": 999 }, {}],
  ])("%s", (_, change, expected) => {
    expect(shapeOf(change)).toMatchObject(expected);
  });
});

describe("is refused", () => {
  test.each([
    ["without architecture", { "general.architecture": undefined }, "which architecture"],
    ["with an architecture that is no word", { "general.architecture": "../x" }, "which architecture"],
    ["with an architecture that is a number", { "general.architecture": 7 }, "which architecture"],
    ["without layers", { "llama.block_count": undefined }, "does not say its llama.block_count"],
    ["with no layer", { "llama.block_count": 0 }, "does not say its llama.block_count"],
    ["with too many layers", { "llama.block_count": 5000 }, "llama.block_count is 5000; 0 to 4096 is possible"],
    ["with half a layer", { "llama.block_count": 1.5 }, "is 1.5"],
    ["with a negative width", { "llama.embedding_length": -1 }, "is -1"],
    ["with a width that is no number", { "llama.embedding_length": "wide" }, "does not say its llama.embedding_length"],
    ["with infinitely many heads", { "llama.attention.head_count": Number.POSITIVE_INFINITY }, "is Infinity"],
    ["with heads per layer of which one is none", { "llama.attention.head_count_kv": [8, "x"] }, "is NaN"],
    ["with a context beyond all", { "llama.context_length": 2 ** 40 }, "llama.context_length"],
  ])("%s", (_, change, words) => {
    expect(() => shapeOf(change)).toThrow(words);
  });

  test("an adapter, which has no layers of its own", () => {
    expect(() => shapeOfGguf(parseGguf(tinyLora())!)).toThrow("does not say its llama.block_count");
  });
});
