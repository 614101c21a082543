/** Turns what a spec names into content: a registry's manifest with its digest, sizes and shape, or files by their pins. */
import type { ModelDeployment, ResolvedModel } from "../apis/model-deployment.ts";
import { pinOfFiles } from "../models/identity.ts";
import type { ModelShape } from "../models/model-shape.ts";
import type { Registry, RegistryModel } from "../models/registry.ts";
import type { Resolution } from "./resolution.ts";
import { fullReference, registryReference } from "./source.ts";

export type Resolve = (deployment: ModelDeployment, signal: AbortSignal) => Promise<Resolution>;

/** The head of a GGUF file by its URL; `undefined` where it cannot be read: the file itself is checked when it is sent. */
export type ShapeOfFile = (url: string, signal: AbortSignal) => Promise<ModelShape | undefined>;

export function createResolver(registry: Registry, shapeOfFile: ShapeOfFile): Resolve {
  return async ({ spec }, signal) => {
    const reference = registryReference(spec.model);
    if (!reference) return fromFiles(spec.model, shapeOfFile, signal);
    const model = await registry.resolve(reference, signal);
    const read = await registry.shape(model, signal);
    return fromRegistry(fullReference(spec.model), model, "shape" in read ? read.shape : undefined);
  };
}

function fromRegistry(reference: string, model: RegistryModel, shape: ModelShape | undefined): Resolution {
  const { digest, sizeBytes, family, quantization } = model;
  return {
    model: {
      reference,
      digest,
      source: "Registry",
      sizeBytes,
      ...(family === undefined ? {} : { architecture: family }),
      ...(quantization === undefined ? {} : { quantization }),
      ...(shape ? factsOf(shape) : {}),
    },
    layers: [model.config, ...model.layers].map(({ digest: layer, size }) => ({ digest: layer, bytes: size })),
  };
}

async function fromFiles(
  source: ModelDeployment["spec"]["model"],
  shapeOfFile: ShapeOfFile,
  signal: AbortSignal,
): Promise<Resolution> {
  const files = source.files ?? [];
  const shape = files[0] ? await shapeOfFile(files[0].url, signal) : undefined;
  return {
    model: {
      reference: fullReference(source),
      digest: pinOfFiles(files, source.adapters),
      source: "Files",
      sizeBytes: files.reduce((sum, { size }) => sum + size, 0),
      ...(shape ? factsOf(shape) : {}),
    },
    layers: files.map(({ sha256, size }) => ({ digest: `sha256:${sha256}` as const, bytes: size })),
  };
}

type Facts = Omit<ResolvedModel, "reference" | "digest" | "source" | "sizeBytes" | "resolvedAt">;

function factsOf(shape: ModelShape): Facts {
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
    ...(shape.quantization === undefined ? {} : { quantization: shape.quantization }),
    ...(shape.parameterCount === undefined ? {} : { parameterCount: shape.parameterCount }),
  };
}
