import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../test/runs.ts";
import type { ModelShape } from "./model-shape.ts";
import { corrected, estimateMemory, estimateWithoutShape, type SizeQuestion } from "./size.ts";

const gib = 1024 ** 3;

/** Llama 3.1 8B, Q4_K_M. */
const llama: ModelShape = {
  architecture: "llama",
  kind: "model",
  blockCount: 32,
  embeddingLength: 4096,
  headCount: 32,
  headCountKv: 8,
  feedForwardLength: 14336,
  contextLength: 131072,
  vocabSize: 128256,
  embeddingModel: false,
};

const question: SizeQuestion = {
  shape: llama,
  weightsBytes: 4_920_734_272,
  context: 4096,
  parallel: 1,
  cacheType: "f16",
  device: "accelerator",
};

const ask = (change: Partial<SizeQuestion> = {}, shape: Partial<ModelShape> = {}) =>
  estimateMemory({ ...question, ...change, shape: { ...llama, ...shape } });

test("an estimate is the sum of its parts and says them in a sentence", () => {
  const { weightsBytes, kvCacheBytes, graphBytes, totalBytes, explanation } = ask();
  expect(kvCacheBytes).toBe(32 * 8 * (128 + 128) * 2 * 4096);
  expect(graphBytes).toBe(4 * 512 * (1 + 4 * 4096 + 4096 * 33));
  expect(totalBytes).toBe(weightsBytes + kvCacheBytes + graphBytes);
  expect(explanation).toBe("5.4 GiB: 4.6 GiB weights, 512 MiB KV cache (1 × 4096 tokens, f16), 296 MiB compute graph");
});

describe("the KV cache", () => {
  const cache = (change: Partial<SizeQuestion> = {}, shape: Partial<ModelShape> = {}): number =>
    ask(change, shape).kvCacheBytes;

  test.each([
    ["doubles with the context", cache({ context: 8192 }), 2 * cache()],
    ["doubles with the sequences at a time", cache({ parallel: 2 }), 2 * cache()],
    ["halves with q8_0, but for the scales", cache({ cacheType: "q8_0" }), (cache() * 34) / 64],
    ["quarters with q4_0, but for the scales", cache({ cacheType: "q4_0" }), (cache() * 18) / 64],
    [
      "is no longer than the model was trained for",
      cache({ context: 4096 }, { contextLength: 2048 }),
      cache({ context: 2048 }),
    ],
    ["takes the heads' own widths", cache({}, { keyLength: 64, valueLength: 64 }), cache() / 2],
    ["takes each layer's own heads", cache({}, { headCountKv: Array(32).fill(4) }), cache() / 2],
    ["of a model that embeds is for one sequence", cache({ parallel: 4 }, { embeddingModel: true }), cache()],
    [
      "of architectures that take one request at a time, too",
      cache({ parallel: 4 }, { architecture: "lfm2" }),
      cache(),
    ],
  ])("%s", (_, found, expected) => {
    expect(found).toBe(expected);
  });

  test("of recurrent layers does not grow with the context", () => {
    const hybrid = {
      headCountKv: [0, 8, ...Array(30).fill(0)],
      recurrent: { convolution: 4, state: 128, inner: 8192, groups: 8 },
    };
    const grown = cache({ context: 8192 }, hybrid) - cache({}, hybrid);
    expect(grown).toBe(8 * 256 * 2 * 4096);
  });

  test("of gemma3's local layers is bounded by their window", () => {
    const gemma = { architecture: "gemma3", slidingWindow: 1024 };
    expect(cache({ context: 131072 }, gemma)).toBeLessThan(cache({ context: 131072 }) / 4);
  });

  test("of gpt-oss's every second layer, too", () => {
    const gpt = { architecture: "gptoss", slidingWindow: 128 };
    expect(cache({ context: 131072 }, gpt)).toBeLessThan(cache({ context: 131072 }) * 0.55);
  });

  test("never takes more for a window than for all tokens", () => {
    const gemma = { architecture: "gemma3", slidingWindow: 1_000_000 };
    expect(cache({}, gemma)).toBe(cache());
  });
});

describe("weights", () => {
  const weights = { blocks: 4 * gib, output: gib, input: gib };

  test("that are tied lie once in a CPU's memory, and twice with an accelerator", () => {
    const tied = { weights };
    expect(ask({ device: "cpu", weightsBytes: 5 * gib }, tied).weightsBytes).toBe(5 * gib);
    expect(ask({ device: "accelerator", weightsBytes: 5 * gib }, tied).weightsBytes).toBe(6 * gib);
  });

  test("of adapters and projectors are added", () => {
    expect(ask({ attachedBytes: gib }).totalBytes).toBe(ask().totalBytes + gib);
  });
});

describe("for any model", () => {
  const count = (max: number) => fc.integer({ min: 1, max });
  const shape: fc.Arbitrary<ModelShape> = fc.record({
    architecture: fc.constantFrom(
      "llama",
      "qwen2",
      "qwen3",
      "gemma2",
      "gemma3",
      "gptoss",
      "phi2",
      "stablelm",
      "chatglm",
      "command-r",
      "starcoder",
      "lfm2",
    ),
    kind: fc.constant("model"),
    blockCount: count(64),
    embeddingLength: count(16_384),
    headCount: fc.oneof(count(128), fc.array(fc.nat(64), { minLength: 1, maxLength: 64 })),
    headCountKv: fc.oneof(count(128), fc.array(fc.nat(64), { minLength: 1, maxLength: 64 })),
    feedForwardLength: count(65_536),
    contextLength: fc.nat(1_000_000),
    vocabSize: fc.nat(300_000),
    slidingWindow: count(8192),
    embeddingModel: fc.boolean(),
    recurrent: fc.record({ convolution: fc.nat(8), state: count(256), inner: count(16_384), groups: fc.nat(16) }),
  });
  const asked: fc.Arbitrary<SizeQuestion> = fc.record({
    shape,
    weightsBytes: count(2 ** 31 - 1),
    context: fc.integer({ min: 128, max: 1_000_000 }),
    parallel: count(64),
    cacheType: fc.constantFrom("f16", "q8_0", "q4_0"),
    device: fc.constantFrom("cpu", "accelerator"),
  });

  test("every part is a whole number of bytes, and the total at least the weights", () => {
    fc.assert(
      fc.property(asked, (any) => {
        const { weightsBytes, kvCacheBytes, graphBytes, totalBytes, reportedBytes } = estimateMemory(any);
        for (const bytes of [weightsBytes, kvCacheBytes, graphBytes, totalBytes])
          expect(Number.isSafeInteger(bytes)).toBe(true);
        expect(totalBytes).toBeGreaterThanOrEqual(any.weightsBytes);
        expect(reportedBytes).toBeGreaterThan(0);
      }),
    );
  });

  test("more context or more sequences never take less", () => {
    fc.assert(
      fc.property(asked, fc.nat(100_000), fc.nat(32), (any, tokens, sequences) => {
        const more = { ...any, context: any.context + tokens, parallel: any.parallel + sequences };
        const [less, larger] = [estimateMemory(any), estimateMemory(more)];
        expect(larger.totalBytes).toBeGreaterThanOrEqual(less.totalBytes);
        expect(larger.reportedBytes).toBeGreaterThanOrEqual(less.reportedBytes);
      }),
      runs(100),
    );
  });

  test("a smaller cache type never takes more", () => {
    fc.assert(
      fc.property(asked, (any) => {
        const [f16, q8, q4] = (["f16", "q8_0", "q4_0"] as const).map(
          (cacheType) => estimateMemory({ ...any, cacheType }).totalBytes,
        );
        expect(f16).toBeGreaterThanOrEqual(q8!);
        expect(q8).toBeGreaterThanOrEqual(q4!);
      }),
    );
  });
});

describe("a host's report", () => {
  const onCpu = ask({ device: "cpu" });

  test("corrects the estimate, and what it leaves out is still counted", () => {
    const measured = corrected(onCpu, onCpu.reportedBytes + gib);
    expect(measured).toMatchObject({
      source: "Measured",
      totalBytes: onCpu.totalBytes + gib,
      reportedBytes: onCpu.reportedBytes + gib,
    });
    expect(measured.explanation).toContain("measured on a host");
  });

  test("that agrees with the estimate changes no number", () => {
    expect(corrected(onCpu, onCpu.reportedBytes).totalBytes).toBe(onCpu.totalBytes);
  });

  test.each([
    ["nothing, while the model is loading", 0],
    ["a part, while the model is loading", onCpu.reportedBytes / 3],
    ["more than anybody believes", onCpu.reportedBytes * 5],
    ["a negative size", -1],
    ["no number", Number.NaN],
  ])("of %s changes nothing", (_, bytes) => {
    expect(corrected(onCpu, bytes)).toBe(onCpu);
  });
});

test("while the shape is not known, a quarter more than the weights is planned", () => {
  const rough = estimateWithoutShape(4 * gib);
  expect(rough.totalBytes).toBe(5 * gib);
  expect(rough.explanation).toContain("its shape is not known yet");
});
