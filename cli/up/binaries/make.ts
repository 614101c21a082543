import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./build.ts";
import { cacheRoot, createWorkspace, install, sweepWorkspaces } from "./cache.ts";
import { type BinaryName, catalog } from "./catalog.ts";
import { fileSystemError } from "./disk.ts";
import { download } from "./download.ts";
import type { BinaryOptions, FoundBinary, Source } from "./ensure.ts";
import { BinaryError, binaryError, endsAllWays } from "./errors.ts";
import { examine, lookInCache } from "./lookup.ts";
import { type Platform, platformOf } from "./platform.ts";
import type { Phase } from "./progress.ts";
import { recipes } from "./recipes.ts";
import { officialOrigins, type Release, releaseOf } from "./releases.ts";
import { takeTurn } from "./turn.ts";

/** What the two ways of making a binary share. */
export interface WaysContext {
  options: BinaryOptions;
  /** Removed at the end, whatever that is. */
  workspace: string;
  /** Becomes the version's folder. */
  tree: string;
  report: Report;
  /** Why there is no download: the start of a sentence about building, empty while none was tried. */
  why: string;
}

type Report = (phase: Phase, message: string, done?: number, total?: number) => void;

/** Fills the cache: waits for its turn, then downloads, then builds. `rejected` says what was found but not taken. */
export async function make(
  name: BinaryName,
  rejected: readonly string[],
  options: BinaryOptions,
): Promise<FoundBinary> {
  const platform = platformFor(name, options);
  const report: Report = (phase, message, done = 0, total = undefined) =>
    options.onProgress({ name, phase, done, total, message });
  try {
    const onWait = (holder: string): void => report("waiting", `${holder} is working on it; waiting for that`);
    const turn = await takeTurn(join(cacheRoot(options.env), name, ".lock"), { ...options, onWait });
    try {
      return (await lookInCache(name, options)) ?? (await makeAlone(name, platform, rejected, report, options));
    } finally {
      turn.release();
    }
  } catch (error) {
    throw fileSystemError(name, error, cacheRoot(options.env)) ?? error;
  }
}

export function platformFor(name: BinaryName, options: BinaryOptions): Platform {
  const { os, arch } = options.platform ?? { os: process.platform, arch: process.arch };
  const platform = platformOf(os, arch);
  if (!platform) throw binaryError("platform-unsupported", name, { platform: `${os}-${arch}` });
  return platform;
}

/** The official release, unless downloading is forbidden or there is none for this platform. */
export function permittedRelease(name: BinaryName, platform: Platform, { env, origins }: BinaryOptions): Release {
  if (env["COMMONHOLD_OFFLINE"] === "1") throw binaryError("offline", name, {});
  const release = releaseOf(name, platform, origins ?? officialOrigins);
  if (!release) throw binaryError("release-missing", name, { platform: `${platform.os}-${platform.arch}` });
  return release;
}

/** With the binary's lock held. */
async function makeAlone(
  name: BinaryName,
  platform: Platform,
  rejected: readonly string[],
  report: Report,
  options: BinaryOptions,
): Promise<FoundBinary> {
  await sweepWorkspaces(options.env, name, options.clock.now());
  const workspace = await createWorkspace(options.env, name);
  try {
    const tree = join(workspace, "tree");
    return await tryWays(name, platform, rejected, { options, workspace, tree, report, why: "" });
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function tryWays(
  name: BinaryName,
  platform: Platform,
  rejected: readonly string[],
  context: WaysContext,
): Promise<FoundBinary> {
  const { options } = context;
  const ways: [Source, () => Promise<void>][] = [
    ["download", async () => download(name, permittedRelease(name, platform, options), context)],
    ["build", () => build(name, (options.recipes ?? recipes)[name], context)],
  ];
  const reasons: BinaryError[] = [];
  for (const [source, way] of ways) {
    try {
      await rm(context.tree, { recursive: true, force: true });
      await way();
      return await keep(name, source, context);
    } catch (caught) {
      options.signal?.throwIfAborted();
      const error = fileSystemError(name, caught, cacheRoot(options.env)) ?? caught;
      if (!(error instanceof BinaryError) || endsAllWays(error)) throw error;
      reasons.push(error);
      context.why = `${error.what}; `;
    }
  }
  throw binaryError("unavailable", name, { rejected, reasons });
}

/** Moves what was made into the cache once it has answered. */
async function keep(name: BinaryName, source: Source, context: WaysContext): Promise<FoundBinary> {
  const { options, tree, workspace } = context;
  const made = join(tree, "bin", catalog[name].program);
  const { version, why } = await examine(name, { path: made, source }, options);
  if (!version) throw binaryError("does-not-answer", name, { path: made, why });
  return { name, path: await install(options.env, name, tree, workspace), version, source };
}
