/**
 * How much memory a model takes on a host, before it was ever loaded there: weights + KV cache + compute graph. What a
 * host reports once it has loaded the model corrects it (`corrected`). Measured and derived for Ollama 0.24; for
 * another release the first load corrects.
 */
import { formatBytes } from "../text/bytes.ts";
import { computeGraphBytes, type Device } from "./compute-graph.ts";
import { type CacheType, kvCacheBytes } from "./kv-cache.ts";
import type { ModelShape } from "./model-shape.ts";
import { loadedWith, runnerOf } from "./runner.ts";

export interface SizeQuestion {
  readonly shape: ModelShape;
  /** Of the files or layers with weights; counts where the shape does not say where its weights lie. */
  readonly weightsBytes: number;
  /** Adapters and projectors. */
  readonly attachedBytes?: number;
  /** Tokens per sequence, as asked for. */
  readonly context: number;
  /** What the host's server is set to. */
  readonly parallel: number;
  readonly cacheType: CacheType;
  readonly device: Device;
}

export interface MemoryEstimate {
  readonly weightsBytes: number;
  readonly kvCacheBytes: number;
  readonly graphBytes: number;
  /** What to plan with: the three together while it is estimated, what was measured afterwards. */
  readonly totalBytes: number;
  /** What the host is expected to report as `size` in `/api/ps`, which leaves out parts of it (see `runner.ts`). */
  readonly reportedBytes: number;
  readonly source: "Estimated" | "Measured";
  /** A sentence for people, without full stop. */
  readonly explanation: string;
}

export function estimateMemory(question: SizeQuestion): MemoryEstimate {
  const { shape, cacheType, device, attachedBytes = 0 } = question;
  const loaded = loadedWith(shape, question);
  const kvCache = kvCacheBytes(shape, loaded, cacheType);
  const graphBytes = Math.ceil(computeGraphBytes(shape, loaded, device, kvCache.reported));
  const weights = weightsOf(question);
  const parts = { weightsBytes: weights.real + attachedBytes, kvCacheBytes: kvCache.real, graphBytes };
  const totalBytes = parts.weightsBytes + parts.kvCacheBytes + parts.graphBytes;
  const graphReported = runnerOf(shape) === "ollama" || device === "accelerator" ? graphBytes : 0;
  return {
    ...parts,
    totalBytes,
    reportedBytes: weights.reported + kvCache.reported + graphReported,
    source: "Estimated",
    explanation:
      `${formatBytes(totalBytes)}: ${formatBytes(parts.weightsBytes)} weights, ` +
      `${formatBytes(parts.kvCacheBytes)} KV cache (${loaded.parallel} × ${loaded.context} tokens, ${cacheType}), ` +
      `${formatBytes(parts.graphBytes)} compute graph`,
  };
}

/** A share of the weights that stands for cache and graph while nothing but the files' size is known. */
const unknownShapeShare = 0.25;

/** While neither the registry nor a host told the model's shape. */
export function estimateWithoutShape(weightsBytes: number): MemoryEstimate {
  const rest = Math.ceil(weightsBytes * unknownShapeShare);
  const totalBytes = weightsBytes + rest;
  return {
    weightsBytes,
    kvCacheBytes: 0,
    graphBytes: rest,
    totalBytes,
    reportedBytes: totalBytes,
    source: "Estimated",
    explanation: `${formatBytes(totalBytes)}: ${formatBytes(weightsBytes)} weights and a quarter more, since its shape is not known yet`,
  };
}

/**
 * How far from the estimate a report is believed. Below, the model is still loading (`/api/ps` lists it then); a host
 * that claims far more shall not make a model unplaceable everywhere else.
 */
const believed = { shareMin: 0.5, shareMax: 4 };

/**
 * The estimate after a host reported `measuredBytes` (`size` in `/api/ps`) for the same model, context, parallel and
 * cache type. What such a report leaves out is still estimated. An unbelievable report changes nothing.
 */
export function corrected(estimate: MemoryEstimate, measuredBytes: number): MemoryEstimate {
  const share = measuredBytes / estimate.reportedBytes;
  if (!(share >= believed.shareMin && share <= believed.shareMax)) return estimate;
  const totalBytes = measuredBytes + Math.max(0, estimate.totalBytes - estimate.reportedBytes);
  return {
    ...estimate,
    totalBytes,
    reportedBytes: measuredBytes,
    source: "Measured",
    explanation: `${formatBytes(totalBytes)}, measured on a host (${formatBytes(estimate.totalBytes)} was estimated)`,
  };
}

interface WeightsInMemory {
  real: number;
  reported: number;
}

/**
 * llama.cpp keeps the tied embedding once on a CPU and twice with an accelerator (input and output lie in different
 * memories), and Ollama does not count its input there; its own engine keeps both and counts both.
 */
function weightsOf({ shape, weightsBytes, device }: SizeQuestion): WeightsInMemory {
  const { weights } = shape;
  if (!weights) return { real: weightsBytes, reported: weightsBytes };
  const all = weights.input + weights.blocks + weights.output;
  if (runnerOf(shape) === "ollama") return { real: all, reported: all };
  const real = device === "cpu" ? Math.min(all, Math.max(weightsBytes, weights.blocks + weights.output)) : all;
  return { real, reported: weights.blocks + weights.output };
}
