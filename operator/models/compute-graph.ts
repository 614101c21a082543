/**
 * The compute graph: what lies in memory while a batch of tokens passes through the layers. The formulas for llama.cpp
 * on an accelerator are the ones by which Ollama itself decides whether a model fits (fs/ggml/ggml.go of v0.24.0,
 * `GraphSize`, full offload), so a host takes what we place there. The others were found by loading many shapes on a
 * real Ollama and are held to it by `size.integration.test.ts`.
 *
 * One term each: 4 bytes × tokens of the batch × numbers per token at the widest moment.
 */
import { headWidth, ofLayer } from "./kv-cache.ts";
import type { ModelShape } from "./model-shape.ts";
import { type Loaded, runnerOf } from "./runner.ts";

export type Device = "cpu" | "accelerator";

/** `kvCache`: bytes of it, from which Ollama derives the graph of architectures that it has no formula for. */
export function computeGraphBytes(shape: ModelShape, loaded: Loaded, device: Device, kvCache: number): number {
  const widths = widthsOf(shape);
  if (runnerOf(shape) === "ollama") return 4 * loaded.batch * ownEngineNumbers(widths, loaded);
  if (device === "cpu") return 4 * loaded.batch * llamaCppNumbers(widths, loaded);
  const formula = formulas[shape.architecture];
  if (!formula) return Math.ceil(((widths.heads / Math.max(1, widths.kvHeads)) * kvCache) / 6);
  return formula({ ...widths, batch: loaded.batch, context: loaded.context * loaded.parallel });
}

interface Widths {
  embedding: number;
  heads: number;
  kvHeads: number;
  /** Numbers per key head. */
  keyHead: number;
  feedForward: number;
  vocabulary: number;
}

function widthsOf(shape: ModelShape): Widths {
  const layers = Array.from({ length: shape.blockCount }, (_, layer) => layer);
  return {
    embedding: shape.embeddingLength,
    heads: Math.max(...layers.map((layer) => ofLayer(shape.headCount, layer)), 1),
    kvHeads: Math.max(...layers.map((layer) => ofLayer(shape.headCountKv, layer)), 1),
    keyHead: shape.keyLength ?? headWidth(shape),
    feedForward: shape.feedForwardLength ?? 4 * shape.embeddingLength,
    vocabulary: shape.vocabSize,
  };
}

/**
 * Numbers per token; flash attention on, as Ollama has it. The mask over all cells is kept in 16 bits: half a number
 * per cell.
 */
function ownEngineNumbers(widths: Widths, loaded: Loaded): number {
  const { embedding, heads, keyHead, feedForward, vocabulary } = widths;
  const cells = Math.ceil((loaded.context * loaded.parallel) / 256) * 256;
  const attention = 2 * heads * keyHead + 2 * embedding;
  const logits = (vocabulary * loaded.parallel) / loaded.batch;
  return Math.max(attention, 3 * feedForward + 4 * embedding, logits) + cells / 2;
}

/**
 * Numbers per token; each sequence has a cache of its own, the mask exists in 32 and in 16 bits during attention,
 * logits for the whole batch.
 */
function llamaCppNumbers(widths: Widths, loaded: Loaded): number {
  const { embedding, heads, keyHead, feedForward, vocabulary } = widths;
  const attention = 2 * heads * keyHead + 2 * embedding + 1.5 * loaded.context;
  const feed = 3 * feedForward + 4 * embedding + loaded.context / 2;
  return Math.max(attention, feed, vocabulary + embedding);
}

type Formula = (a: Widths & { batch: number; context: number }) => number;

const formulas: Readonly<Record<string, Formula>> = {
  llama: ({ batch, embedding, context, heads, vocabulary }) =>
    Math.max(4 * batch * (1 + 4 * embedding + context * (1 + heads)), 4 * batch * (embedding + vocabulary)),
  gemma: gemma,
  gemma2: gemma,
  "command-r": ({ batch, embedding, context, heads, vocabulary }) =>
    Math.max(4 * batch * (embedding + vocabulary), 4 * batch * (2 + 4 * embedding + context * (1 + heads))),
  qwen2: ({ batch, embedding, context, heads, vocabulary }) =>
    Math.max(4 * batch * (embedding + vocabulary), 4 * batch * (1 + 2 * embedding + context + context * heads)),
  phi2: ({ batch, embedding, context, heads, vocabulary }) =>
    Math.max(4 * batch * (embedding + vocabulary), 4 * batch * (1 + 4 * embedding + context + context * heads)),
  stablelm: ({ batch, embedding, context, heads }) => 4 * batch * (context * (1 + heads) + 3 * embedding + 2),
  chatglm: ({ batch, embedding, context, heads, keyHead, vocabulary }) =>
    Math.max(
      4 * batch * (embedding + vocabulary),
      4 * batch * (2 + 3 * embedding + context + context * heads + keyHead * heads),
    ),
};

function gemma({ batch, embedding, context, heads, keyHead, vocabulary }: Parameters<Formula>[0]): number {
  return Math.max(
    4 * batch * (embedding + vocabulary),
    4 * batch * (2 + context + context * heads + 2 * embedding + 2 * keyHead * heads),
  );
}
