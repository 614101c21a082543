/** Looks a model up where the operator would: size and shape from the registry or the heads of the files, and its licence. */
import type { ModelSource } from "../../../operator/apis/model-deployment.ts";
import { describeFiles } from "../../../operator/models/describe-files.ts";
import { huggingFaceReference } from "../../../operator/models/hugging-face.ts";
import { pinOfFiles } from "../../../operator/models/identity.ts";
import { ModelError, type ModelErrorCode } from "../../../operator/models/model-error.ts";
import type { ModelShape } from "../../../operator/models/model-shape.ts";
import { canonicalReference, parseReference, type Reference } from "../../../operator/models/reference.ts";
import { createRegistry, type Registry } from "../../../operator/models/registry.ts";
import type { RegistryOptions } from "../../../operator/models/repository.ts";
import { ofSite } from "../../../operator/models/site-registry.ts";
import type { DescribeModel, ModelDescription } from "./description.ts";
import { licenceOf } from "./licence.ts";

export interface DescribeModelOptions extends RegistryOptions {
  /** The site's own registry, which is asked first; empty: there is none. */
  readonly siteRegistry?: string;
  /** By itself. */
  readonly siteRegistryFills?: boolean;
}

export function createDescribeModel(options: DescribeModelOptions): DescribeModel {
  const registries = createRegistry(options);
  const registry = ofSite(registries, options.siteRegistry ?? "", options.siteRegistryFills ?? false);
  return async (source, signal) => {
    const reference = referenceOf(source);
    return reference ? fromRegistry(reference, source, options, registry, signal) : fromFiles(source, options, signal);
  };
}

function referenceOf({ ollama, huggingFace }: ModelSource): Reference | undefined {
  if (ollama !== undefined) return parseReference(ollama);
  return huggingFace && huggingFaceReference(huggingFace);
}

async function fromRegistry(
  reference: Reference,
  { digest: pin, adapters = [] }: ModelSource,
  options: RegistryOptions,
  registry: Registry,
  signal: AbortSignal,
): Promise<ModelDescription> {
  const model = await registry.resolve(reference, signal, pin);
  if (pin !== undefined && pin !== model.digest) {
    const message = `${canonicalReference(reference)} is ${model.digest} in its registry now, and ${pin} is pinned`;
    throw new ModelError("NotFound", `${message}: nothing can be said of what is pinned`);
  }
  const read = await registry.shape(model, signal);
  const licence = await licenceOf(model, options, signal);
  const added = bytesOf(adapters);
  return {
    reference: canonicalReference(reference),
    source: "Registry",
    digest: model.digest,
    bytes: model.sizeBytes + added,
    attachedBytes: model.attachedBytes + added,
    ...("shape" in read && { shape: read.shape }),
    ...(licence !== undefined && { licence }),
  };
}

async function fromFiles(
  { files = [], adapters = [] }: ModelSource,
  { fetcher, clock }: RegistryOptions,
  signal: AbortSignal,
): Promise<ModelDescription> {
  const shape = await describeFiles(fetcher, clock, { files, adapters }, signal).catch((error: unknown) =>
    withoutShape(error, signal),
  );
  const digest = pinOfFiles(files, adapters);
  return {
    reference: `${files.length === 1 ? "a file" : `${files.length} files`} with the pin ${digest}`,
    source: "Files",
    digest,
    bytes: bytesOf([...files, ...adapters]),
    attachedBytes: bytesOf(adapters),
    ...(shape && { shape }),
  };
}

/** A server without ranges: the sizes are in the policy all the same. */
function withoutShape(error: unknown, signal: AbortSignal): ModelShape | undefined {
  signal.throwIfAborted();
  if (error instanceof ModelError && bestEffort.has(error.code)) return undefined;
  throw error;
}

const bestEffort: ReadonlySet<ModelErrorCode> = new Set(["Refused", "TooLarge", "BadAnswer"]);

function bytesOf(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
