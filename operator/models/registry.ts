/**
 * Finds out what a reference means before anything is downloaded: the digest of the manifest exactly as the registry
 * serves it, the layers with their sizes, and (from the first megabytes of the weights) the model's shape. It speaks
 * what Ollama speaks, the OCI distribution API, with the same `Accept`, because a registry may serve other bytes for
 * another one, and the host's digest is compared with this one later.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { z } from "zod";
import type { BoundedBody } from "../addresses/body.ts";
import { withinMs } from "./deadline.ts";
import { type Digest, digestOf } from "./digest.ts";
import { asModelError } from "./fetch-failure.ts";
import { refuseHazards } from "./gguf-hazards.ts";
import { type ByteSource, readGguf } from "./gguf-source.ts";
import { attachedBytes, type Layer, type Manifest, parseManifest, weightsLayer } from "./manifest.ts";
import { ModelError } from "./model-error.ts";
import { type ModelShape, shapeOfGguf } from "./model-shape.ts";
import { readRange } from "./range.ts";
import { displayReference, type Reference } from "./reference.ts";
import { type RegistryOptions, Repository } from "./repository.ts";

export interface RegistryModel extends Manifest {
  readonly reference: Reference;
  /**
   * SHA-256 of the manifest's bytes as served. What a host that keeps these bytes (Ollama 0.20 and later) lists as its
   * digest.
   */
  readonly digest: Digest;
  /** As served; `digest` is theirs. */
  readonly manifestBytes: Uint8Array;
  readonly configBytes: Uint8Array;
  readonly weights: Layer;
  /** All layers and the config: what a pull downloads. */
  readonly sizeBytes: number;
  /** Adapters and projectors, which are loaded beside the weights. */
  readonly attachedBytes: number;
  /** What the config says; claims for people, nothing is computed from them. */
  readonly family?: string;
  readonly quantization?: string;
  /** What a site's registry that fills itself has under the name, where there is one (`siteCopies`). */
  readonly atSite?: AtSite;
}

export type AtSite = Digest | "Nothing" | "Away";

export interface Registry {
  /**
   * Rejects with a `ModelError`, or the signal's reason at once when it aborts. `pin`: where several registries may answer, one with that
   * content is preferred.
   */
  resolve(reference: Reference, signal?: AbortSignal, pin?: string): Promise<RegistryModel>;
  /**
   * Reads the head of the weights. Best effort: `problem` instead of `shape` where it cannot be had; the host tells the
   * shape after the pull then (`shapeOfFacts`). Rejects with `BadGguf` where it was had and is none, or one that no
   * host shall see, and with the signal's reason.
   */
  shape(model: RegistryModel, signal?: AbortSignal): Promise<{ shape: ModelShape } | { problem: ModelError }>;
}

export const resolveTimeoutMs = 60_000;
export const shapeTimeoutMs = 120_000;
export const manifestBytesMax = 1024 * 1024;
export const configBytesMax = 1024 * 1024;
const accept = "application/vnd.docker.distribution.manifest.v2+json";

export function createRegistry(options: RegistryOptions): Registry {
  return {
    resolve: (reference, signal) =>
      withinMs(
        options.clock,
        resolveTimeoutMs,
        () => tooLate(reference, resolveTimeoutMs),
        signal,
        (inner) => resolve(new Repository(options, reference), inner),
      ),
    async shape(model, signal) {
      try {
        const late = (): ModelError => tooLate(model.reference, shapeTimeoutMs);
        const read = (inner: AbortSignal): Promise<ModelShape> => readShape(options, model, inner);
        return { shape: await withinMs(options.clock, shapeTimeoutMs, late, signal, read) };
      } catch (error) {
        if (error instanceof ModelError && error.code !== "BadGguf") return { problem: error };
        throw error;
      }
    },
  };
}

function tooLate(reference: Reference, ms: number): ModelError {
  return new ModelError("Unreachable", `${reference.host} did not finish its answers within ${ms / 1000} s`);
}

async function resolve(repository: Repository, signal: AbortSignal): Promise<RegistryModel> {
  const { reference } = repository;
  const name = displayReference(reference);
  const response = await repository.get(`manifests/${reference.tag}`, {
    headers: { accept },
    bodyBytesMax: manifestBytesMax,
    signal,
  });
  const bytes = await readWhole(response.body, name);
  const digest = digestOf(bytes);
  const claimed = response.headers["docker-content-digest"];
  if (claimed?.startsWith("sha256:") && claimed !== digest) {
    throw new ModelError(
      "BadAnswer",
      `${name}: the manifest was damaged on its way (${claimed} was announced, ${digest} came)`,
    );
  }
  const manifest = parseManifest(bytes.toString("utf8"), name);
  const configBytes = await readConfig(repository, manifest.config, signal);
  const claims = claimsOf(configBytes, name);
  return {
    ...manifest,
    reference,
    digest,
    manifestBytes: bytes,
    configBytes,
    weights: weightsLayer(manifest, name),
    sizeBytes: [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
    attachedBytes: attachedBytes(manifest),
    ...claims,
  };
}

const configSchema = z.looseObject({
  model_family: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .catch(undefined),
  file_type: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .optional()
    .catch(undefined),
  remote_host: z.string().optional().catch(undefined),
});

/** Small, and worth the request: it tells a stub, whose prompts go to another machine, from a model. */
async function readConfig(repository: Repository, config: Layer, signal: AbortSignal): Promise<Buffer> {
  const name = displayReference(repository.reference);
  if (config.size > configBytesMax) {
    throw new ModelError("TooLarge", `${name}: its config has ${config.size} bytes, ${configBytesMax} are the most`);
  }
  const response = await repository.get(`blobs/${config.digest}`, { bodyBytesMax: configBytesMax, signal });
  const bytes = await readWhole(response.body, name);
  if (digestOf(bytes) !== config.digest) {
    throw new ModelError(
      "BadAnswer",
      `${name}: its config is not what its manifest says; the registry or the way to it is damaged`,
    );
  }
  return bytes;
}

function claimsOf(config: Buffer, name: string): Pick<RegistryModel, "family" | "quantization"> {
  const read = configSchema.safeParse(jsonOf(config));
  const claims = read.success ? read.data : {};
  if (claims.remote_host) {
    throw new ModelError("LeavesTheMachine", `${name} runs on other machines: prompts would leave the community's`);
  }
  return {
    ...(claims.model_family ? { family: claims.model_family } : {}),
    ...(claims.file_type ? { quantization: claims.file_type } : {}),
  };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

async function readWhole(body: BoundedBody, name: string): Promise<Buffer> {
  return body.bytes().catch((error: unknown) => {
    throw asModelError(error, name);
  });
}

async function readShape(options: RegistryOptions, model: RegistryModel, signal: AbortSignal): Promise<ModelShape> {
  const repository = new Repository(options, model.reference);
  const source: ByteSource = {
    sizeBytes: model.weights.size,
    read: async (first, length) => {
      const range = { first, last: first + length - 1 };
      const response = await repository.get(`blobs/${model.weights.digest}`, {
        range,
        bodyBytesMax: Number.POSITIVE_INFINITY,
        signal,
      });
      return readRange(response, range, displayReference(model.reference));
    },
  };
  const header = await readGguf(source);
  refuseHazards(header);
  return shapeOfGguf(header);
}
