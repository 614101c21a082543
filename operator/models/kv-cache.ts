/**
 * The KV cache: for every token that a sequence may hold, layer by layer, one key and one value per KV head. It grows
 * with context × parallel and is what makes the same model cost 1 GiB on one host and 9 GiB on another. Layers that see
 * only a window of tokens keep only that; recurrent layers (no heads) keep one state, however long the context.
 */
import type { ModelShape } from "./model-shape.ts";
import { type Loaded, runnerOf } from "./runner.ts";

export type CacheType = "f16" | "q8_0" | "q4_0";

/** ggml stores 32 numbers and a scale per block: 34 and 18 bytes. */
const bytesPerNumber: Readonly<Record<CacheType, number>> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };
/** What Ollama's estimate takes instead. */
const estimatedBytesPerNumber: Readonly<Record<CacheType, number>> = { f16: 2, q8_0: 1, q4_0: 0.5 };

export interface KvCacheBytes {
  readonly real: number;
  /** As `/api/ps` counts it. */
  readonly reported: number;
}

/** Bytes of the cache for all sequences together. */
export function kvCacheBytes(shape: ModelShape, loaded: Loaded, type: CacheType): KvCacheBytes {
  const own = runnerOf(shape) === "ollama";
  let numbers = 0;
  let states = 0;
  for (let layer = 0; layer < shape.blockCount; layer++) {
    const heads = ofLayer(shape.headCount, layer);
    const kvHeads = ofLayer(shape.headCountKv, layer);
    if (heads > 0 && kvHeads > 0) numbers += cells(shape, loaded, layer, own) * kvHeads * headNumbers(shape);
    else states += stateBytes(shape) * loaded.parallel;
  }
  const real = Math.ceil(numbers * bytesPerNumber[type]) + states;
  return { real, reported: own ? real : Math.ceil(numbers * estimatedBytesPerNumber[type]) + states };
}

/** Numbers per KV head and token: one key and one value. */
function headNumbers(shape: ModelShape): number {
  const width = headWidth(shape);
  return (shape.keyLength ?? width) + (shape.valueLength ?? width);
}

/** Of layers with attention; what a layer without heads says does not count. */
export function headWidth(shape: ModelShape): number {
  const heads = typeof shape.headCount === "number" ? [shape.headCount] : shape.headCount;
  const fewest = Math.min(...heads.filter((count) => count > 0));
  return Number.isFinite(fewest) ? Math.floor(shape.embeddingLength / fewest) : 0;
}

export function ofLayer(value: number | readonly number[], layer: number): number {
  return typeof value === "number" ? value : (value[layer] ?? value.at(-1) ?? 0);
}

/** Ollama's own engine rounds the tokens up (ml/backend/ggml, `CachePadding`). */
const cellsStep = 256;

/** Tokens that a layer keeps, over all sequences. */
function cells(shape: ModelShape, loaded: Loaded, layer: number, own: boolean): number {
  const all = loaded.context * loaded.parallel;
  if (!own) return all;
  const window = windowOf(shape, layer);
  const kept = window === undefined ? all : Math.min(all, loaded.parallel * (window + 1) + loaded.batch);
  return Math.ceil(kept / cellsStep) * cellsStep;
}

/**
 * Tokens that a local layer keeps; `undefined` for one that sees all. Where the pattern is not known every layer counts
 * as one that sees all.
 */
function windowOf(shape: ModelShape, layer: number): number | undefined {
  if (shape.slidingWindow === undefined) return undefined;
  const { architecture } = shape;
  // Every sixth layer sees all; model/models/gemma3/model_text.go.
  if (architecture === "gemma3") return (layer + 1) % 6 === 0 ? undefined : shape.slidingWindow;
  // Every second layer sees all; local ones keep 4096 to resume from: model/models/gptoss/model.go.
  if (architecture === "gptoss" || architecture === "gpt-oss") {
    return layer % 2 === 1 ? undefined : Math.max(shape.slidingWindow, 4096);
  }
  return undefined;
}

/** Always in 32 bits, whatever the cache type. */
function stateBytes(shape: ModelShape): number {
  const { recurrent } = shape;
  if (!recurrent) return 0;
  const { convolution, state, inner, groups } = recurrent;
  return 4 * (Math.max(0, convolution - 1) * (inner + 2 * groups * state) + state * inner);
}
