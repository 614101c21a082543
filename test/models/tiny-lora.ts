/**
 * A LoRA adapter for a tiny model: for every layer's query and value projection a low-rank pair A (width → rank) and B
 * (rank → outputs), in the form that llama.cpp loads (`<tensor>.lora_a`, `<tensor>.lora_b`).
 */
import { type GgufTensor, writeGguf } from "./gguf-writer.ts";
import { type SeededValues, seededValues } from "./seeded-values.ts";
import type { TinyShape } from "./tiny-gguf.ts";

export interface TinyLoraShape
  extends Pick<TinyShape, "architecture" | "layers" | "width" | "heads" | "kvHeads" | "seed"> {
  rank: number;
  /** The pair's product is scaled by `alpha / rank`. */
  alpha: number;
}

/** Fits `tinyGguf()` of the same shape. */
export function tinyLora(overrides: Partial<TinyLoraShape> = {}): Buffer {
  const shape: TinyLoraShape = {
    architecture: "llama",
    layers: 1,
    width: 64,
    heads: 4,
    kvHeads: 2,
    seed: 7,
    rank: 4,
    alpha: 8,
    ...overrides,
  };
  const values = seededValues(shape.seed);
  return writeGguf(
    {
      "general.architecture": { string: shape.architecture },
      "general.type": { string: "adapter" },
      "adapter.type": { string: "lora" },
      "adapter.lora.alpha": { f32: shape.alpha },
    },
    Array.from({ length: shape.layers }, (_, layer) => pairs(shape, layer, values)).flat(),
  );
}

function pairs(shape: TinyLoraShape, layer: number, values: SeededValues): GgufTensor[] {
  const kvWidth = (shape.width / shape.heads) * shape.kvHeads;
  return [
    ...pair(`blk.${layer}.attn_q.weight`, shape.width, shape.width, shape.rank, values),
    ...pair(`blk.${layer}.attn_v.weight`, shape.width, kvWidth, shape.rank, values),
  ];
}

function pair(name: string, inputs: number, outputs: number, rank: number, values: SeededValues): GgufTensor[] {
  return [
    { name: `${name}.lora_a`, shape: [inputs, rank], values: values.spread(inputs * rank, 1) },
    { name: `${name}.lora_b`, shape: [rank, outputs], values: values.spread(rank * outputs, 1) },
  ];
}
