/** Turns what a spec names into content: a registry's manifest with its digest, sizes and shape, or files by their pins. */
import type { ModelDeployment, ResolvedModel } from "../apis/model-deployment.ts";
import type { FilesToDescribe } from "../models/describe-files.ts";
import { pinOfFiles } from "../models/identity.ts";
import { ModelError, type ModelErrorCode } from "../models/model-error.ts";
import type { ModelShape } from "../models/model-shape.ts";
import { canonicalReference, type Reference } from "../models/reference.ts";
import type { Registry, RegistryModel } from "../models/registry.ts";
import { isElsewhere } from "../models/site-registry.ts";
import { printable } from "../text/printable.ts";
import type { Resolution } from "./resolution.ts";
import { factsOf, type ModelFacts, shapeOf } from "./shape-facts.ts";
import { registryReference, shownReference } from "./source.ts";

export type Resolve = (deployment: ModelDeployment, signal: AbortSignal) => Promise<Resolution>;

/** The shape of the model that files make together, from their heads. */
export type ShapeOfFiles = (files: FilesToDescribe, signal: AbortSignal) => Promise<ModelShape>;

export function createResolver(registry: Registry, shapeOfFiles: ShapeOfFiles): Resolve {
  return async ({ spec, status }, signal) => {
    const reference = registryReference(spec.model);
    if (!reference) return fromFiles(spec.model, shapeOfFiles, signal);
    const model = await registry.resolve(reference, signal, spec.model.digest);
    const read = knownShape(status?.model, model) ?? (await registry.shape(model, signal));
    return fromRegistry({ asked: reference, shown: shownReference(spec.model) }, model, read);
  };
}

/** The same content has the same shape: its head, which may have megabytes, is not fetched again to see whether a tag has moved. */
function knownShape(known: ResolvedModel | undefined, { digest }: RegistryModel): Read | undefined {
  const shape = known?.digest === digest ? shapeOf(known) : undefined;
  return shape && { shape };
}

/** Where the shape could not be read, why: the host tells it after the pull. */
type Read = { readonly shape: ModelShape } | { readonly problem: ModelError };

function fromRegistry(
  { asked, shown }: { asked: Reference; shown: string },
  model: RegistryModel,
  read: Read,
): Resolution {
  const { digest, sizeBytes, family, quantization } = model;
  return {
    model: {
      reference: shown,
      digest,
      source: "Registry",
      sizeBytes,
      ...(isElsewhere(model.reference, asked) ? { pulledFrom: canonicalReference(model.reference) } : {}),
      ...(model.attachedBytes > 0 ? { attachedBytes: model.attachedBytes } : {}),
      ...(family === undefined ? {} : { architecture: family }),
      ...(quantization === undefined ? {} : { quantization }),
      ...factsRead(read),
    },
    layers: [model.config, ...model.layers].map(({ digest: layer, size }) => ({ digest: layer, bytes: size })),
    ...(model.atSite === undefined ? {} : { atSite: model.atSite }),
  };
}

async function fromFiles(
  source: ModelDeployment["spec"]["model"],
  shapeOfFiles: ShapeOfFiles,
  signal: AbortSignal,
): Promise<Resolution> {
  const files = source.files ?? [];
  const adapters = source.adapters ?? [];
  const read = await shapeOfFiles({ files, adapters }, signal).then(
    (shape) => ({ shape }),
    (error: unknown) => unreadable(error, signal),
  );
  return {
    model: {
      reference: shownReference(source),
      digest: pinOfFiles(files, adapters),
      source: "Files",
      sizeBytes: files.reduce((sum, { size }) => sum + size, 0),
      ...factsRead(read),
    },
    layers: files.map(({ sha256, size }) => ({ digest: `sha256:${sha256}` as const, bytes: size })),
  };
}

/** A server without ranges, or one that is away for a moment: the pin says what is served, and the file is checked when it is sent. */
function unreadable(error: unknown, signal: AbortSignal): Read {
  signal.throwIfAborted();
  if (error instanceof ModelError && bestEffort.has(error.code)) return { problem: error };
  throw error;
}

const bestEffort: ReadonlySet<ModelErrorCode> = new Set(["Refused", "TooLarge", "BadAnswer"]);

const problemCharsMax = 1000;

function factsRead(read: Read): ModelFacts {
  if ("shape" in read) return factsOf(read.shape);
  return { shapeProblem: printable(read.problem.message, problemCharsMax) };
}
