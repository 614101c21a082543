import { assertBuildable } from "./build.ts";
import type { BinaryName } from "./catalog.ts";
import { publishedSum } from "./checksum.ts";
import type { BinaryOptions } from "./ensure.ts";
import { BinaryError } from "./errors.ts";
import { openReader } from "./http.ts";
import { permittedRelease, platformFor } from "./make.ts";
import type { Platform } from "./platform.ts";
import { recipes } from "./recipes.ts";
import { assertUnpackable } from "./unpack.ts";

/** How a missing binary would be had, or why it could not be. */
export type Prospect =
  | { way: "download"; host: string }
  | { way: "build"; goVersion: string; insteadOf: BinaryError }
  | { way: "none"; reasons: BinaryError[] };

/** Looks ahead without making anything: is the release there, and if not, is what a build takes? */
export async function prospectOf(name: BinaryName, options: BinaryOptions): Promise<Prospect> {
  const platform = platformFor(name, options);
  const reasons: BinaryError[] = [];
  try {
    return { way: "download", host: await assertDownloadable(name, platform, options) };
  } catch (error) {
    reasons.push(expected(error));
  }
  try {
    const go = await assertBuildable(name, (options.recipes ?? recipes)[name], options);
    return { way: "build", goVersion: go.version, insteadOf: reasons[0] as BinaryError };
  } catch (error) {
    reasons.push(expected(error));
  }
  return { way: "none", reasons };
}

async function assertDownloadable(name: BinaryName, platform: Platform, options: BinaryOptions): Promise<string> {
  const release = permittedRelease(name, platform, options);
  await assertUnpackable(name, release.form, options);
  const reader = openReader(name, options);
  try {
    await publishedSum(name, release, reader);
  } finally {
    await reader.close();
  }
  return new URL(release.url).host;
}

function expected(error: unknown): BinaryError {
  if (error instanceof BinaryError) return error;
  throw error;
}
