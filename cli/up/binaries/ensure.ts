import type { Clock } from "../../../operator/clock/clock.ts";
import type { BinaryName } from "./catalog.ts";
import type { FreeBytes } from "./disk.ts";
import type { HttpLimits } from "./http.ts";
import { lookUp } from "./lookup.ts";
import { make } from "./make.ts";
import type { OnProgress } from "./progress.ts";
import type { Recipe } from "./recipes.ts";
import type { Origins } from "./releases.ts";

export type { BinaryName } from "./catalog.ts";
export { BinaryError, type BinaryErrorCode } from "./errors.ts";
export type { Phase, Progress } from "./progress.ts";

/**
 * Finds a binary, or makes it: variable, PATH, cache, official release, `go build`; the first that answers its version
 * wins. Of any number of processes that want the same one, one makes it and the others wait. Rejects with a `BinaryError`,
 * or with the signal's reason.
 */
export async function ensureBinary(name: BinaryName, options: BinaryOptions): Promise<FoundBinary> {
  options.onProgress({ name, phase: "looking", done: 0, total: undefined, message: "looking for it" });
  const { found, rejected } = await lookUp(name, options);
  const binary = found ?? (await make(name, rejected, options));
  const message = `${binary.version} ${sourceWords[binary.source]} (${binary.path})`;
  options.onProgress({ name, phase: "ready", done: 1, total: 1, message });
  return binary;
}

export type Source = "variable" | "path" | "cache" | "download" | "build";

export const sourceWords: Readonly<Record<Source, string>> = {
  variable: "named by the environment",
  path: "from PATH",
  cache: "from the cache",
  download: "downloaded",
  build: "built",
};

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
  /** Node's words for both. */
  platform?: { os: string; arch: string };
  recipes?: Readonly<Record<BinaryName, Recipe>>;
  freeBytes?: FreeBytes;
  /** Hosts that did not answer in this run, and why; they are not tried again. */
  unreachable?: Map<string, string>;
}
