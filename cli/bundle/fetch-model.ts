import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Random } from "../../operator/kube/backoff.ts";
import { type Digest, isDigest } from "../../operator/models/digest.ts";
import type { Layer } from "../../operator/models/manifest.ts";
import { canonicalReference, displayReference, parseReference } from "../../operator/models/reference.ts";
import { createRegistry } from "../../operator/models/registry.ts";
import { type RegistryOptions, Repository } from "../../operator/models/repository.ts";
import { downloadLayer } from "../../operator/site-registry/download.ts";
import { inspected, inspectFile } from "../../operator/site-registry/inspected.ts";
import { BundleError } from "./bundle-error.ts";
import { addModel, type BundledModel } from "./models-index.ts";
import type { Places } from "./places.ts";

export interface FetchModelOptions extends RegistryOptions {
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told when a layer begins, and as it grows. */
  readonly onProgress: (layer: Layer, doneBytes: number) => void;
}

/**
 * `text`: a reference, with `@sha256:…` where it must be that one. Throws a BundleError where another one is served, a `ModelError` where
 * none can be had or no host should see it.
 */
export async function fetchModel(text: string, places: Places, options: FetchModelOptions): Promise<BundledModel> {
  const { name, pin } = pinned(text);
  const reference = parseReference(name);
  const model = await inspected(createRegistry(options), reference, options.signal);
  if (pin !== undefined && pin !== model.digest) {
    throw new BundleError(
      `${displayReference(reference)} is ${model.digest} in its registry now, and ${pin} was asked for: take what is served now, or name a tag that has it`,
    );
  }
  const repository = new Repository(options, reference);
  await write(places.blob(model.config.digest), model.configBytes);
  for (const layer of model.layers) await downloadLayer(repository, layer, places.blob(layer.digest), options);
  await inspectWeights(places.blob(model.weights.digest), model.weights.size);
  // Last of all: who finds a manifest finds everything that it names.
  await write(places.blob(model.digest), model.manifestBytes);
  const size = model.manifestBytes.length;
  const bundled = { reference: canonicalReference(reference), digest: model.digest, size };
  await addModel(places, bundled);
  return bundled;
}

async function inspectWeights(file: string, size: number): Promise<void> {
  await inspectFile(file, size).catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
}

function pinned(text: string): { name: string; pin: Digest | undefined } {
  const [name = "", pin, ...more] = text.split("@");
  if (more.length > 0 || (pin !== undefined && !isDigest(pin))) {
    throw new BundleError(
      `"${text}" is no model: write its name, and after an @ the digest that it must have: sha256: and 64 hex digits`,
    );
  }
  return { name, pin };
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
