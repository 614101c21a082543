/**
 * Bytes of a dense model's weights in Q4_K_M, as llama.cpp's quantizer lays them out: Q4_K, with Q6_K for the projection to the vocabulary and,
 * in half of the layers, for values and the second half of the feed-forward. Rows that are no multiple of 256 long take the next larger simple type.
 * https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp (`llama_tensor_get_type`)
 */
import type { ModelShape, WeightBytes } from "../../../operator/models/model-shape.ts";
import { tensorBytes } from "../../../operator/models/tensor-type.ts";

/** Numbers of ggml's types; the second is taken where rows are no multiple of 256. */
const types = { q4: [12, 6], q6: [14, 8] } as const;

export function weightsInQ4KM(shape: Omit<ModelShape, "kind" | "embeddingModel">, isTied: boolean): WeightBytes {
  const { blockCount, embeddingLength: width, feedForwardLength: feed = 0, vocabSize } = shape;
  const heads = Number(shape.headCount);
  const headWidth = shape.keyLength ?? width / heads;
  const keys = Number(shape.headCountKv) * headWidth;
  const queries = heads * headWidth;
  let blocks = 0;
  for (let layer = 0; layer < blockCount; layer++) {
    const better = hasMoreBits(layer, blockCount) ? "q6" : "q4";
    blocks += bytesOf("q4", width, queries) + bytesOf("q4", width, keys) + bytesOf(better, width, keys);
    blocks += bytesOf("q4", queries, width);
    blocks += 2 * bytesOf("q4", width, feed) + bytesOf(better, feed, width);
  }
  const output = bytesOf("q6", width, vocabSize);
  return { blocks, output, input: isTied ? output : bytesOf("q4", width, vocabSize) };
}

function hasMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

function bytesOf(kind: keyof typeof types, rowLength: number, rows: number): number {
  const [packed, simple] = types[kind];
  return tensorBytes(rowLength % 256 === 0 ? packed : simple, rowLength * rows) ?? 0;
}
