/** Puts a bundle's models into a site's registry. Blobs first, manifests last, as registries want it; what is there already is not sent again. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { digestOf } from "../../operator/models/digest.ts";
import { type Layer, parseManifest } from "../../operator/models/manifest.ts";
import { canonicalReference, displayReference, parseReference } from "../../operator/models/reference.ts";
import { siteReference } from "../../operator/models/site-registry.ts";
import { Door } from "../../operator/site-registry/door.ts";
import { DoorError } from "../../operator/site-registry/door-error.ts";
import { formatBytes } from "../../operator/text/bytes.ts";
import { printable } from "../../operator/text/printable.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { BundleError } from "./bundle-error.ts";
import { type BundledModel, readModels } from "./models-index.ts";
import { type Places, placesIn } from "./places.ts";

/** Throws a BundleError or a DoorError at the first that the registry does not take; those before it are there, and stay. */
export async function pushModels(
  folder: string,
  registry: URL,
  around: Surroundings,
): Promise<readonly BundledModel[]> {
  try {
    return await push(folder, registry, around);
  } catch (error) {
    throw error instanceof DoorError ? withTheWay(error, registry) : error;
  }
}

async function push(folder: string, registry: URL, around: Surroundings): Promise<readonly BundledModel[]> {
  const { signal } = around;
  const door = new Door(registry);
  const places = placesIn(folder);
  const models = await readModels(places);
  if (models.length === 0) throw new BundleError(`${folder} holds no models: name them with --model when it is made`);
  for (const model of models) {
    around.say(`  ${printable(model.reference, 300)}`);
    const there = siteReference(parseReference(model.reference), registry.host);
    const bytes = await manifestOf(model, places);
    const { config, layers } = parseManifest(bytes.toString("utf8"), displayReference(there));
    for (const layer of [config, ...layers]) {
      if (await door.hasBlob(there, layer.digest, signal)) continue;
      around.say(`    ${formatBytes(layer.size)}`);
      await door.putBlob(there, layer, await blobOf(layer, places), signal);
    }
    await door.putManifest(there, bytes, model.digest, signal);
    around.say(`    ${canonicalReference(there)} is ${model.digest}`);
  }
  return models;
}

async function manifestOf({ digest, reference }: BundledModel, places: Places): Promise<Buffer> {
  const bytes = await readFile(places.blob(digest)).catch(() => undefined);
  if (bytes && digestOf(bytes) === digest) return bytes;
  throw new BundleError(
    `the bundle is damaged: the manifest of ${printable(reference, 300)} is ${bytes ? "not as it was written" : "missing"}. Take another copy of it`,
  );
}

async function blobOf({ digest, size }: Layer, places: Places): Promise<Readable> {
  const file = places.blob(digest);
  const found = await stat(file).catch(() => undefined);
  if (found?.size === size) return createReadStream(file);
  throw new BundleError(
    `the bundle is damaged: ${file} has ${found?.size ?? "no"} bytes and should have ${size}. Take another copy of it`,
  );
}

function withTheWay(error: DoorError, registry: URL): Error {
  if (error.code === "Away") {
    return new BundleError(
      `${error.message}. The way to a site's registry is opened by: kubectl -n commonhold-system port-forward deploy/commonhold-registry 11437:11437`,
      { cause: error },
    );
  }
  if (error.code === "ReadOnly") {
    return new BundleError(
      `${registry.origin} can only be read: a site's registry is written to on port 11437 of its pod (kubectl port-forward)`,
      { cause: error },
    );
  }
  return error;
}
