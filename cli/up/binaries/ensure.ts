import type { Clock } from "../../../operator/clock/clock.ts";
import type { BinaryName } from "./catalog.ts";
import { lookUp } from "./lookup.ts";
import type { OnProgress } from "./progress.ts";

export type { BinaryName } from "./catalog.ts";
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
}

/** Finds a binary; the first that answers its version wins. Rejects with a `BinaryError` when it cannot be had. */
export async function ensureBinary(name: BinaryName, options: BinaryOptions): Promise<FoundBinary> {
  const found = await lookUp(name, options);
  if (found) return found;
  throw new Error(`${name} is neither named by a variable, nor on PATH, nor in the cache.`);
}
