/**
 * Copies one model from its own registry into the site's: what the operator would refuse is refused, every layer is compared with its digest
 * before the site's registry sees a byte of it, and the manifest comes last, as it was served.
 */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import type { Random } from "../clock/system.ts";
import type { Digest } from "../models/digest.ts";
import type { Layer } from "../models/manifest.ts";
import { ModelError } from "../models/model-error.ts";
import { displayReference } from "../models/reference.ts";
import type { Registry, RegistryModel } from "../models/registry.ts";
import { type RegistryOptions, Repository } from "../models/repository.ts";
import { formatBytes } from "../text/bytes.ts";
import type { Door } from "./door.ts";
import { DoorError } from "./door-error.ts";
import { downloadLayer, sizeOf } from "./download.ts";
import { inspected, inspectFile } from "./inspected.ts";
import type { Wanted } from "./wanted.ts";

export interface CopyTools {
  readonly registry: Registry;
  readonly registryOptions: RegistryOptions;
  readonly door: Door;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the file system on which parts and registry lie, in bytes. */
  readonly freeBytes: () => Promise<number>;
  readonly spareBytes: number;
  /** More bytes came from the model's registry. */
  readonly onFetched: (bytes: number) => void;
}

/**
 * `folder`: where parts lie meanwhile; it is empty again after a copy, and what is in it after a failure is gone on from. Throws a `ModelError`
 * or a `DoorError`, or the signal's reason.
 */
export async function copyModel(
  wanted: Wanted,
  folder: string,
  tools: CopyTools,
  signal: AbortSignal,
): Promise<Digest> {
  const { door } = tools;
  const { there } = wanted;
  const model = await inspected(tools.registry, wanted.reference, signal);
  refuseAnother(model, wanted);
  const missing = await missingLayers(model, wanted, door, signal);
  await refuseWithoutRoom(missing, folder, wanted, tools);
  const repository = new Repository(tools.registryOptions, wanted.reference);
  for (const layer of missing) {
    if (layer.digest === model.config.digest) {
      await door.putBlob(there, layer, model.configBytes, signal);
      continue;
    }
    const file = fileOf(folder, layer);
    await downloadLayer(repository, layer, file, { ...tools, signal, onProgress: counting(tools.onFetched) });
    if (layer.digest === model.weights.digest) await refuseHazardous(file, layer);
    await door.putBlob(there, layer, createReadStream(file, { highWaterMark: 1 << 18 }), signal);
    await rm(file, { force: true });
  }
  await door.putManifest(there, model.manifestBytes, model.digest, signal);
  await rm(folder, { recursive: true, force: true });
  return model.digest;
}

/** A tag that moved is no error of ours: its registry does not serve any more what was decided. */
function refuseAnother({ digest }: RegistryModel, { reference, digests }: Wanted): void {
  if (digests.includes(digest)) return;
  throw new ModelError(
    "NotFound",
    `${displayReference(reference)} is ${digest} in its registry now, and ${digests.join(" or ")} is wanted: it can be had only from a bundle that was made before`,
  );
}

async function missingLayers(
  model: RegistryModel,
  { there }: Wanted,
  door: Door,
  signal: AbortSignal,
): Promise<Layer[]> {
  const layers = new Map([model.config, ...model.layers].map((layer) => [layer.digest, layer]));
  const missing: Layer[] = [];
  for (const layer of layers.values()) if (!(await door.hasBlob(there, layer.digest, signal))) missing.push(layer);
  return missing;
}

/** A layer lies on the disk twice for as long as it is sent on. */
async function refuseWithoutRoom(
  missing: readonly Layer[],
  folder: string,
  { reference }: Wanted,
  { freeBytes, spareBytes }: CopyTools,
): Promise<void> {
  const largest = Math.max(0, ...missing.map(({ size }) => size));
  const staged = await Promise.all(missing.map((layer) => stagedBytes(folder, layer)));
  const needed = sum(missing.map(({ size }) => size)) + largest - sum(staged) + spareBytes;
  const free = await freeBytes();
  if (missing.length === 0 || free >= needed) return;
  throw new DoorError(
    "NoRoom",
    `${displayReference(reference)} needs ${formatBytes(needed)} of the disk of the site's registry while it is copied, and ${formatBytes(free)} are free: make its volume larger, or make room in it`,
  );
}

async function stagedBytes(folder: string, layer: Layer): Promise<number> {
  const file = fileOf(folder, layer);
  return (await sizeOf(file)) + (await sizeOf(`${file}.part`));
}

/** It has the digest that was asked for, so nothing better can come: it is thrown away. */
async function refuseHazardous(file: string, { size }: Layer): Promise<void> {
  await inspectFile(file, size).catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
}

function counting(onFetched: (bytes: number) => void): (layer: Layer, doneBytes: number) => void {
  let counted: number | undefined;
  return (_, done) => {
    // The first call tells what is there from before.
    if (counted !== undefined && done > counted) onFetched(done - counted);
    counted = done;
  };
}

function fileOf(folder: string, { digest }: Layer): string {
  return join(folder, digest.slice("sha256:".length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
