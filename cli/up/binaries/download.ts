import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type BinaryName, catalog } from "./catalog.ts";
import { publishedSum } from "./checksum.ts";
import { assertFree } from "./disk.ts";
import { BinaryError, binaryError } from "./errors.ts";
import { discard, openReader, type ReleaseReader } from "./http.ts";
import type { WaysContext } from "./make.ts";
import type { Release } from "./releases.ts";
import { assertUnpackable, unpack } from "./unpack.ts";

const attemptsMax = 2;
/** Where the server does not say how much is coming. */
const assumedBytes = 512 * 1024 * 1024;
const progressEveryMs = 200;

/** Downloads a release, verifies it and lays it into `tree` as `bin/<program>` and what belongs to it. */
export async function download(name: BinaryName, release: Release, context: WaysContext): Promise<void> {
  context.report("downloading", `asking ${new URL(release.url).host} for its checksum`);
  await assertUnpackable(name, release.form, context.options);
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(name, release, context);
    } catch (error) {
      if (attempt === attemptsMax || !(error instanceof BinaryError) || !worthRepeating(error)) throw error;
      context.report("downloading", `${error.what}; trying once more`);
    }
  }
}

function worthRepeating(error: BinaryError): boolean {
  return ["download-cut", "download-stalled", "checksum-wrong"].includes(error.code);
}

async function downloadOnce(name: BinaryName, release: Release, context: WaysContext): Promise<void> {
  const reader = openReader(name, context.options);
  const file = join(context.workspace, release.form === "program" ? "program" : "archive");
  try {
    const expected = await publishedSum(name, release, reader);
    const actual = await save(name, release, file, reader, context);
    if (actual !== expected) throw binaryError("checksum-wrong", name, { url: release.url, expected, actual });
  } finally {
    await reader.close();
  }
  await lay(name, release, file, context);
}

/** Streams the file to disk and returns its SHA-256. */
async function save(
  name: BinaryName,
  { url, diskFactor }: Release,
  file: string,
  reader: ReleaseReader,
  context: WaysContext,
): Promise<string> {
  const { body, bytes } = await reader.get(url);
  let received = 0;
  try {
    await assertFree(name, context.workspace, (bytes ?? assumedBytes) * diskFactor, context.options.freeBytes);
    const hash = createHash("sha256");
    let nextReport = 0;
    const measured = async function* (source: Readable): AsyncGenerator<Buffer> {
      for await (const piece of source) {
        hash.update(piece);
        received += piece.length;
        const now = context.options.clock.now();
        if (now >= nextReport) {
          nextReport = now + progressEveryMs;
          context.report("downloading", `downloading from ${new URL(url).host}`, received, bytes);
        }
        yield piece;
      }
    };
    await pipeline(body, measured, createWriteStream(file), signalOf(context.options.signal));
    if (bytes !== undefined && received !== bytes) {
      throw binaryError("download-cut", name, { url, received, expected: bytes });
    }
    context.report("verifying", "comparing its SHA-256 with the published one", received, bytes);
    return hash.digest("hex");
  } catch (error) {
    discard(body);
    context.options.signal?.throwIfAborted();
    throw reader.readingFailed(error, url, received, bytes);
  }
}

async function lay(name: BinaryName, release: Release, file: string, context: WaysContext): Promise<void> {
  const program = join(context.tree, "bin", catalog[name].program);
  await mkdir(dirname(program), { recursive: true });
  context.report("unpacking", "unpacking it");
  await unpack(name, release, file, program, context);
  await chmod(program, 0o755);
  await rm(file, { force: true });
}

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
