import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { build } from "./build.ts";
import { cacheRoot, createWorkspace, install, sweepWorkspaces } from "./cache.ts";
import { type BinaryName, catalog } from "./catalog.ts";
import { type FreeBytes, fileSystemError, freeBytes } from "./disk.ts";
import { download } from "./download.ts";
import { BinaryError, binaryError, endsAllWays } from "./errors.ts";
import type { HttpLimits } from "./http.ts";
import { examine, lookInCache, lookUp } from "./lookup.ts";
import { type Platform, platformOf } from "./platform.ts";
import type { OnProgress, Phase } from "./progress.ts";
import { type Recipe, recipes } from "./recipes.ts";
import { type Origins, officialOrigins, releaseOf } from "./releases.ts";
import { takeTurn } from "./turn.ts";

export type { BinaryName } from "./catalog.ts";
export { BinaryError, type BinaryErrorCode } from "./errors.ts";
export type { Phase, Progress } from "./progress.ts";

export type Source = "variable" | "path" | "cache" | "download" | "build";

export interface FoundBinary {
  name: BinaryName;
  /** Absolute path of the program. */
  path: string;
  /** What the program itself says, without a leading `v`. */
  version: string;
  source: Source;
}

export interface BinaryOptions {
  env: Readonly<Record<string, string | undefined>>;
  onProgress: OnProgress;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** What follows has the machine's own values by default; tests give theirs. */
  origins?: Origins;
  httpLimits?: HttpLimits;
  platform?: { os: string; arch: string };
  recipes?: Readonly<Record<BinaryName, Recipe>>;
  freeBytes?: FreeBytes;
  unreachable?: Map<string, string>;
}

/** What the two ways of making a binary share. */
export interface WaysContext {
  options: BinaryOptions;
  /** Removed at the end, whatever that is. */
  workspace: string;
  /** Becomes the version's folder. */
  tree: string;
  freeBytes: FreeBytes;
  /** Hosts that could not be reached in this process. */
  known: Map<string, string>;
  /** Why no download is used, as the start of a sentence; empty when none was tried. */
  why: string;
  report: (phase: Phase, message: string, done?: number, total?: number) => void;
}

/** For the whole process: a host that did not answer for one binary is not tried for the next. */
const unreachableHosts = new Map<string, string>();

/**
 * Finds a binary, or makes it: variable, PATH, cache, official release, `go build`; the first that answers its version
 * wins. Of any number of processes that want the same one, one makes it and the others wait. Rejects with a `BinaryError`,
 * or with the signal's reason.
 */
export async function ensureBinary(name: BinaryName, options: BinaryOptions): Promise<FoundBinary> {
  const { found, rejected } = await lookUp(name, options);
  const binary = found ?? (await make(name, rejected, options));
  options.onProgress({
    name,
    phase: "ready",
    done: 1,
    total: 1,
    message: `${binary.version} from ${binary.source} (${binary.path})`,
  });
  return binary;
}

async function make(name: BinaryName, rejected: readonly string[], options: BinaryOptions): Promise<FoundBinary> {
  const { os, arch } = options.platform ?? { os: process.platform, arch: process.arch };
  const platform = platformOf(os, arch);
  if (!platform) throw binaryError("platform-unsupported", name, { platform: `${os}-${arch}` });
  const report = reporter(name, options);
  try {
    const onWait = (pid: number): void => report("waiting", `process ${pid} is working on it; waiting for that`);
    const turn = await takeTurn(name, { ...options, onWait });
    try {
      return (await lookInCache(name, options)) ?? (await makeAlone(name, platform, rejected, report, options));
    } finally {
      turn.release();
    }
  } catch (error) {
    throw fileSystemError(name, error, cacheRoot(options.env)) ?? error;
  }
}

/** With the binary's lock held. */
async function makeAlone(
  name: BinaryName,
  platform: Platform,
  rejected: readonly string[],
  report: WaysContext["report"],
  options: BinaryOptions,
): Promise<FoundBinary> {
  await sweepWorkspaces(options.env, name, options.clock.now());
  const workspace = await createWorkspace(options.env, name);
  const context: WaysContext = {
    options,
    workspace,
    tree: join(workspace, "tree"),
    freeBytes: options.freeBytes ?? freeBytes,
    known: unreachableHosts,
    why: "",
    report,
  };
  try {
    return await tryWays(name, platform, rejected, context);
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
  const reasons: BinaryError[] = [];
  const ways: [Source, () => Promise<void>][] = [
    ["download", () => downloadRelease(name, platform, context)],
    ["build", () => build(name, (context.options.recipes ?? recipes)[name], context)],
  ];
  for (const [source, way] of ways) {
    try {
      await rm(context.tree, { recursive: true, force: true });
      await way();
      return await keep(name, source, context);
    } catch (caught) {
      context.options.signal?.throwIfAborted();
      const error = fileSystemError(name, caught, context.workspace) ?? caught;
      if (!(error instanceof BinaryError) || endsAllWays(error)) throw error;
      reasons.push(error);
      context.why = `no download (${error.code}); `;
      context.report("preparing", error.message);
    }
  }
  throw binaryError("unavailable", name, { rejected, reasons }, reasons.at(-1));
}

async function downloadRelease(name: BinaryName, platform: Platform, context: WaysContext): Promise<void> {
  const { env, origins } = context.options;
  if (env["COMMONHOLD_OFFLINE"] === "1") throw binaryError("offline", name, {});
  const release = releaseOf(name, platform, origins ?? officialOrigins);
  if (!release) throw binaryError("platform-unsupported", name, { platform: `${platform.os}-${platform.arch}` });
  context.report("downloading", `downloading it from ${new URL(release.url).host}`);
  await download(name, release, context);
}

/** Moves what was made into the cache once it has answered. */
async function keep(name: BinaryName, source: Source, context: WaysContext): Promise<FoundBinary> {
  const { options, tree, workspace } = context;
  const made = join(tree, "bin", catalog[name].program);
  const { version, why } = await examine(name, { path: made, source }, options);
  if (!version) throw binaryError("does-not-answer", name, { path: made, why });
  return { name, path: await install(options.env, name, tree, workspace), version, source };
}

function reporter(name: BinaryName, { onProgress }: BinaryOptions): WaysContext["report"] {
  return (phase, message, done = 0, total = undefined) => onProgress({ name, phase, done, total, message });
}
