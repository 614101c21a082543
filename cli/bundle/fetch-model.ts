import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { backoffMs, type Random } from "../../operator/kube/backoff.ts";
import { type Digest, digestOf, isDigest } from "../../operator/models/digest.ts";
import { asModelError } from "../../operator/models/fetch-failure.ts";
import type { Layer } from "../../operator/models/manifest.ts";
import { ModelError } from "../../operator/models/model-error.ts";
import { canonicalReference, displayReference, parseReference } from "../../operator/models/reference.ts";
import { createRegistry, manifestBytesMax } from "../../operator/models/registry.ts";
import { type RegistryOptions, Repository } from "../../operator/models/repository.ts";
import { sha256OfFile } from "../up/state/sha256-of-file.ts";
import { BundleError } from "./bundle-error.ts";
import { addModel, type BundledModel } from "./models-index.ts";
import type { Places } from "./places.ts";

const accept = "application/vnd.docker.distribution.manifest.v2+json";
/** Of one layer, in a row without a byte more. */
const triesMax = 6;
const retry = { baseMs: 1_000, maxMs: 30_000, jitter: 0.2 };

export interface FetchModelOptions extends RegistryOptions {
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told when a layer begins, and as it grows. */
  readonly onProgress: (layer: Layer, doneBytes: number) => void;
}

/**
 * `text`: a reference, with `@sha256:…` where it must be that one. Throws a BundleError where another one is served, a `ModelError` where
 * none can be had.
 */
export async function fetchModel(text: string, places: Places, options: FetchModelOptions): Promise<BundledModel> {
  const { name, pin } = pinned(text);
  const reference = parseReference(name);
  const model = await createRegistry(options).resolve(reference, options.signal);
  if (pin !== undefined && pin !== model.digest) {
    throw new BundleError(
      `${displayReference(reference)} is ${model.digest} in its registry now, and ${pin} was asked for: take what is served now, or name a tag that has it`,
    );
  }
  const repository = new Repository(options, reference);
  for (const layer of [model.config, ...model.layers]) await fetchBlob(repository, layer, places, options);
  const bundled = { reference: canonicalReference(reference), digest: model.digest };
  const size = await fetchManifest(repository, model.digest, places, options.signal);
  await addModel(places, { ...bundled, size });
  return { ...bundled, size };
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

/** Last of all: who finds a manifest finds everything that it names. */
async function fetchManifest(
  repository: Repository,
  digest: Digest,
  places: Places,
  signal: AbortSignal,
): Promise<number> {
  const { tag } = repository.reference;
  const { body } = await repository.get(`manifests/${tag}`, {
    headers: { accept },
    bodyBytesMax: manifestBytesMax,
    signal,
  });
  const bytes = await body.bytes();
  if (digestOf(bytes) !== digest) {
    throw new BundleError(
      `${displayReference(repository.reference)} was changed while it was fetched: ask for it again`,
    );
  }
  await mkdir(dirname(places.blob(digest)), { recursive: true });
  await writeFile(places.blob(digest), bytes);
  return bytes.length;
}

async function fetchBlob(
  repository: Repository,
  layer: Layer,
  places: Places,
  options: FetchModelOptions,
): Promise<void> {
  const file = places.blob(layer.digest);
  if ((await sizeOf(file)) === layer.size) return;
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.part`;
  options.onProgress(layer, await sizeOf(part));
  for (let tries = 0; (await sizeOf(part)) !== layer.size; ) {
    const before = await sizeOf(part);
    try {
      await goOn(repository, layer, part, options);
    } catch (error) {
      const failure = asModelError(error, displayReference(repository.reference));
      options.signal.throwIfAborted();
      tries = (await sizeOf(part)) > before ? 1 : tries + 1;
      if (!(failure instanceof ModelError) || failure.kind !== "transient" || tries >= triesMax) throw failure;
      await options.clock.sleep(backoffMs(retry, tries - 1, options.random), options.signal);
    }
  }
  await compare(part, layer, repository);
  await rename(part, file);
}

async function goOn(repository: Repository, layer: Layer, part: string, options: FetchModelOptions): Promise<void> {
  const first = await sizeOf(part);
  const response = await repository.get(`blobs/${layer.digest}`, {
    ...(first > 0 && { range: { first } }),
    bodyBytesMax: layer.size,
    signal: options.signal,
  });
  // A server that does not know ranges begins anew.
  const flags = response.status === 206 ? "a" : "w";
  let done = flags === "a" ? first : 0;
  const counted = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      done += chunk.length;
      options.onProgress(layer, done);
      yield chunk;
    }
  };
  await pipeline(response.body, counted, createWriteStream(part, { flags }));
  const size = await sizeOf(part);
  if (size > layer.size) await rm(part);
  if (size === layer.size) return;
  throw new ModelError(
    "Unreachable",
    `${displayReference(repository.reference)}: ${size} of ${layer.size} bytes of a layer came`,
  );
}

async function compare(part: string, layer: Layer, { reference }: Repository): Promise<void> {
  const found = `sha256:${await sha256OfFile(part)}`;
  if (found === layer.digest) return;
  await rm(part);
  throw new BundleError(
    `${displayReference(reference)}: a layer came as ${found} and should be ${layer.digest}: the registry or the way to it is damaged. It was thrown away; ask for it again`,
  );
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
