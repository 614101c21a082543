/**
 * Brings one layer of a model from its registry into a file. The bytes are hashed as they come; what was cut lies beside the file as
 * `.part`, and another process goes on from there after a kill. The file itself is there only when it is whole and right.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FetchedResponse } from "../addresses/fetcher.ts";
import type { Clock } from "../clock/clock.ts";
import { backoffMs, type Random } from "../kube/backoff.ts";
import { asModelError } from "../models/fetch-failure.ts";
import type { Layer } from "../models/manifest.ts";
import { ModelError } from "../models/model-error.ts";
import { keepingPace } from "../models/pace.ts";
import { startOf } from "../models/range.ts";
import { displayReference } from "../models/reference.ts";
import type { Repository } from "../models/repository.ts";

/** Of one layer, in a row without a byte more. */
const triesMax = 6;
const retry = { baseMs: 1_000, maxMs: 30_000, jitter: 0.2 };

export interface DownloadOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Told when it begins, with what is there from before, and as it grows. */
  readonly onProgress: (layer: Layer, doneBytes: number) => void;
}

/**
 * Throws a `ModelError` where it cannot be had (`DigestMismatch`: other bytes came, and were thrown away), the error of the file system
 * where it cannot be kept, the signal's reason where it aborts. A server that wants to be left alone for longer than a try waits is left.
 */
export async function downloadLayer(
  repository: Repository,
  layer: Layer,
  file: string,
  options: DownloadOptions,
): Promise<void> {
  if (layer.size > 0 && (await sizeOf(file)) === layer.size) return;
  await mkdir(dirname(file), { recursive: true });
  const part = await Part.at(`${file}.part`);
  if (layer.size === 0) await writeFile(part.path, "");
  options.onProgress(layer, part.bytes);
  for (let tries = 0; part.bytes < layer.size; ) {
    const before = part.bytes;
    try {
      await goOn(repository, layer, part, options);
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = asModelError(error, displayReference(repository.reference));
      tries = part.bytes > before ? 1 : tries + 1;
      if (!(failure instanceof ModelError) || failure.kind !== "transient" || tries >= triesMax) throw failure;
      const { retryAfterMs = 0 } = failure;
      if (retryAfterMs > retry.maxMs) throw failure;
      await options.clock.sleep(Math.max(retryAfterMs, backoffMs(retry, tries - 1, options.random)), options.signal);
    }
  }
  await compare(part, layer, repository);
  await rename(part.path, file);
}

async function goOn(repository: Repository, layer: Layer, part: Part, options: DownloadOptions): Promise<void> {
  const { reference } = repository;
  const response = await repository.get(`blobs/${layer.digest}`, {
    ...(part.bytes > 0 && { range: { first: part.bytes } }),
    bodyBytesMax: layer.size,
    signal: options.signal,
  });
  const flags = await begin(part, response, displayReference(reference));
  let cut: unknown;
  // That the source broke off must not keep from the disk what it gave before: the file ends well, and the error is told after.
  const taken = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of keepingPace(response.body, options.clock, displayReference(reference))) {
        part.took(chunk);
        options.onProgress(layer, part.bytes);
        yield chunk;
      }
    } catch (error) {
      cut = error;
    }
  };
  await pipeline(taken, createWriteStream(part.path, { flags })).catch(async (error: unknown) => {
    await part.read();
    throw error;
  });
  if (cut !== undefined) throw cut;
  if (part.bytes >= layer.size) return;
  const words = `${displayReference(reference)}: ${part.bytes} of ${layer.size} bytes of a layer came`;
  throw new ModelError("Unreachable", words);
}

/** A server that does not know ranges begins anew, and so does the file; one that sends another part is not believed. */
async function begin(part: Part, response: FetchedResponse, name: string): Promise<"a" | "w"> {
  const start = startOf(response);
  if (start === part.bytes) return "a";
  if (start === 0) {
    await part.drop();
    return "w";
  }
  response.body.discard();
  throw new ModelError("BadAnswer", `${name}: the server sends another part of a layer than was asked for`);
}

async function compare(part: Part, layer: Layer, { reference }: Repository): Promise<void> {
  const found = `sha256:${part.digest()}`;
  if (found === layer.digest && part.bytes === layer.size) return;
  await part.drop();
  throw new ModelError(
    "DigestMismatch",
    `${displayReference(reference)}: a layer came as ${found} and should be ${layer.digest}: the registry or the way to it is damaged. It was thrown away; ask for it again`,
  );
}

/** What is there of a layer: its bytes on the disk, and the hash over them. */
class Part {
  readonly path: string;
  bytes = 0;
  #hash: Hash = createHash("sha256");

  private constructor(path: string) {
    this.path = path;
  }

  static async at(path: string): Promise<Part> {
    const part = new Part(path);
    await part.read();
    return part;
  }

  /** From the disk, as a stream: a model's file does not fit into memory. */
  async read(): Promise<void> {
    this.bytes = 0;
    this.#hash = createHash("sha256");
    if ((await sizeOf(this.path)) === 0) return;
    for await (const chunk of createReadStream(this.path, { highWaterMark: 1 << 20 })) this.took(chunk as Uint8Array);
  }

  took(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
  }

  async drop(): Promise<void> {
    await rm(this.path, { force: true });
    await this.read();
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

export async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
