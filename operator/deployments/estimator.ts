/** Memory of one replica before it was ever loaded, from what the status holds of the model: a restart needs no registry for it. */
import type { ModelDeployment, ResolvedModel } from "../apis/model-deployment.ts";
import type { ModelShape } from "../models/model-shape.ts";
import { estimateMemory, estimateWithoutShape, type MemoryEstimate } from "../models/size.ts";
import type { PlacementHost } from "../placement/snapshot.ts";

/** `host` absent: on a plain CPU host that answers one request at a time. */
export function estimate(
  { spec }: Pick<ModelDeployment, "spec">,
  model: ResolvedModel,
  host?: Pick<PlacementHost, "engine"> & { readonly accelerated?: boolean },
): MemoryEstimate {
  const adapters = (spec.model.adapters ?? []).reduce((sum, { size }) => sum + size, 0);
  const attachedBytes = (model.attachedBytes ?? 0) + adapters;
  const weightsBytes = Math.max(0, model.sizeBytes - (model.attachedBytes ?? 0));
  const shape = shapeOf(model);
  if (!shape) return estimateWithoutShape(weightsBytes + attachedBytes);
  return estimateMemory({
    ...{ shape, weightsBytes, attachedBytes },
    context: spec.context,
    parallel: host?.engine.parallel ?? 1,
    cacheType: host?.engine.kvCacheType ?? "f16",
    device: host?.accelerated ? "accelerator" : "cpu",
  });
}

/** The other way of `factsOf` in `resolver.ts`. */
function shapeOf(model: ResolvedModel): ModelShape | undefined {
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
    embeddingModel: false,
    ...(model.keyLength === undefined ? {} : { keyLength: model.keyLength }),
    ...(model.valueLength === undefined ? {} : { valueLength: model.valueLength }),
    ...(model.feedForwardLength === undefined ? {} : { feedForwardLength: model.feedForwardLength }),
    ...(model.slidingWindow === undefined ? {} : { slidingWindow: model.slidingWindow }),
    ...(model.quantization === undefined ? {} : { quantization: model.quantization }),
    ...(model.parameterCount === undefined ? {} : { parameterCount: model.parameterCount }),
    ...(model.weights === undefined ? {} : { weights: model.weights }),
  };
}
