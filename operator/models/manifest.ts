/**
 * Reads a manifest of the OCI distribution API as Ollama's models have it: a config, and layers of which one holds the
 * weights. It comes from a stranger; every list, number and text in it is bounded before anything believes it.
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
import { z } from "zod";
import { type Digest, isDigest } from "./digest.ts";
import { ModelError } from "./model-error.ts";

export interface Layer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

export interface Manifest {
  readonly config: Layer;
  readonly layers: readonly Layer[];
}

export const layersMax = 256;
/** A petabyte: more than any disk, far from where sums lose digits. */
const layerBytesMax = 2 ** 50;

const layer = z.object({
  mediaType: z.string().max(200),
  digest: z.custom<Digest>(isDigest),
  size: z.int().min(0).max(layerBytesMax),
});

const schema = z.object({ config: layer, layers: z.array(layer).max(layersMax) });

const mediaTypes = {
  weights: "application/vnd.ollama.image.model",
  adapter: "application/vnd.ollama.image.adapter",
  projector: "application/vnd.ollama.image.projector",
  tensor: "application/vnd.ollama.image.tensor",
} as const;

/**
 * Throws `NotAModel` where something else lies there, `BadAnswer` where it is no manifest. `name` is for the message.
 */
export function parseManifest(text: string, name: string): Manifest {
  const json = parsedJson(text, name);
  if (isIndex(json)) {
    throw new ModelError("NotAModel", `${name} is a container image for several platforms, not a model`);
  }
  const read = schema.safeParse(json);
  if (!read.success) {
    const where = read.error.issues[0]?.path.join(".") || "its top";
    throw new ModelError("BadAnswer", `${name}: the registry's manifest cannot be read (at ${where})`, {
      cause: read.error,
    });
  }
  return read.data;
}

/** Throws `NotAModel` unless the manifest holds weights that Ollama runs from one GGUF file. */
export function weightsLayer(manifest: Manifest, name: string): Layer {
  const weights = manifest.layers.find(({ mediaType }) => mediaType === mediaTypes.weights);
  if (weights) return weights;
  throw new ModelError("NotAModel", `${name} is ${somethingElse(manifest)}, not a model with GGUF weights`);
}

/** Bytes of everything but the weights that goes into memory with them: adapters and projectors. */
export function attachedBytes(manifest: Manifest): number {
  return manifest.layers
    .filter(({ mediaType }) => mediaType === mediaTypes.adapter || mediaType === mediaTypes.projector)
    .reduce((sum, { size }) => sum + size, 0);
}

function somethingElse(manifest: Manifest): string {
  const types = new Set(manifest.layers.map(({ mediaType }) => mediaType));
  if (types.has(mediaTypes.adapter)) return "an adapter without a model";
  if (types.has(mediaTypes.tensor)) return "a model in safetensors form";
  if ([...types].some((type) => /rootfs|image\.layer/.test(type))) return "a container image";
  return "something else";
}

function isIndex(json: unknown): boolean {
  return typeof json === "object" && json !== null && "manifests" in json && Array.isArray(json.manifests);
}

function parsedJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError("BadAnswer", `${name}: the registry answered with something that is no manifest`, { cause });
  }
}
