/** Memory of one replica before it was ever loaded, from what the status holds of the model: a restart needs no registry for it. */
import type { ModelDeployment, ResolvedModel } from "../apis/model-deployment.ts";
import { estimateMemory, estimateWithoutShape, type MemoryEstimate } from "../models/size.ts";
import type { PlacementHost } from "../placement/snapshot.ts";
import { shapeOf } from "./shape-facts.ts";
import type { Estimator } from "./snapshot.ts";

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

/** Estimates remembered; a community has far fewer kinds of hosts and models. */
const rememberedMax = 4_096;

/** The same questions come with every plan, for every host: each is answered once. */
export function rememberedEstimate(): Estimator {
  const known = new Map<string, MemoryEstimate>();
  return (deployment, model, host) => {
    const { parallel, kvCacheType } = host?.engine ?? {};
    const { context, model: source } = deployment.spec;
    const adapters = source.adapters?.map(({ sha256 }) => sha256) ?? [];
    const { digest, blockCount, headCountKv, embeddingModel, recurrent } = model;
    const shape = [digest, blockCount, headCountKv, embeddingModel, recurrent];
    const settings = [...shape, context, adapters, parallel, kvCacheType, host?.accelerated];
    const key = JSON.stringify(settings);
    const before = known.get(key);
    if (before) return before;
    const estimated = estimate(deployment, model, host);
    if (known.size >= rememberedMax) known.clear();
    known.set(key, estimated);
    return estimated;
  };
}
