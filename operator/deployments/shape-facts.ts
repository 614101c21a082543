/** The shape of a model as a status holds it, so that a restart needs neither registry nor host to estimate its memory. */
import type { ResolvedModel } from "../apis/model-deployment.ts";
import type { ModelShape } from "../models/model-shape.ts";

export type ModelFacts = Omit<ResolvedModel, "reference" | "digest" | "source" | "sizeBytes" | "resolvedAt">;

export function factsOf(shape: ModelShape): ModelFacts {
  const heads = typeof shape.headCount === "number" ? shape.headCount : Math.max(...shape.headCount);
  return {
    architecture: shape.architecture,
    blockCount: shape.blockCount,
    embeddingLength: shape.embeddingLength,
    headCount: heads,
    headCountKv: typeof shape.headCountKv === "number" ? [shape.headCountKv] : shape.headCountKv.slice(0, 1024),
    ...(shape.contextLength > 0 ? { contextLength: shape.contextLength } : {}),
    ...(shape.vocabSize > 0 ? { vocabularySize: shape.vocabSize } : {}),
    ...(shape.keyLength === undefined ? {} : { keyLength: shape.keyLength }),
    ...(shape.valueLength === undefined ? {} : { valueLength: shape.valueLength }),
    ...(shape.feedForwardLength === undefined ? {} : { feedForwardLength: shape.feedForwardLength }),
    ...(shape.slidingWindow === undefined ? {} : { slidingWindow: shape.slidingWindow }),
    ...(shape.embeddingModel ? { embeddingModel: true } : {}),
    ...(shape.recurrent === undefined ? {} : { recurrent: { ...shape.recurrent } }),
    ...(shape.weights === undefined ? {} : { weights: { ...shape.weights } }),
    ...(shape.quantization === undefined ? {} : { quantization: shape.quantization }),
    ...(shape.parameterCount === undefined ? {} : { parameterCount: shape.parameterCount }),
  };
}

/** The other way; `undefined` where too little is known. */
export function shapeOf(model: ResolvedModel): ModelShape | undefined {
  const { architecture, blockCount, embeddingLength, headCount } = model;
  if (architecture === undefined || !blockCount || !embeddingLength) return undefined;
  const heads = headCount ?? 1;
  return {
    ...{ architecture, blockCount, embeddingLength },
    kind: "model",
    headCount: heads,
    headCountKv: model.headCountKv?.length === 1 ? (model.headCountKv[0] ?? heads) : (model.headCountKv ?? heads),
    contextLength: model.contextLength ?? 0,
    vocabSize: model.vocabularySize ?? 0,
    embeddingModel: model.embeddingModel ?? false,
    ...(model.recurrent === undefined ? {} : { recurrent: model.recurrent }),
    ...(model.keyLength === undefined ? {} : { keyLength: model.keyLength }),
    ...(model.valueLength === undefined ? {} : { valueLength: model.valueLength }),
    ...(model.feedForwardLength === undefined ? {} : { feedForwardLength: model.feedForwardLength }),
    ...(model.slidingWindow === undefined ? {} : { slidingWindow: model.slidingWindow }),
    ...(model.quantization === undefined ? {} : { quantization: model.quantization }),
    ...(model.parameterCount === undefined ? {} : { parameterCount: model.parameterCount }),
    ...(model.weights === undefined ? {} : { weights: model.weights }),
  };
}
