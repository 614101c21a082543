/** The images that an installation needs, taken out of their registries by crane into archives that containerd and k3s import. */
import { execFile } from "node:child_process";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { BundleError } from "./bundle-error.ts";

const run = promisify(execFile);
const outputBytesMax = 4 * 1024 * 1024;
const saidCharsMax = 2_000;

const image = z.object({ repository: z.string().min(1), tag: z.coerce.string() });
const schema = z.object({
  image: image.extend({ digest: z.string().default("") }),
  siteRegistry: z.object({ image }),
  ollama: z.object({
    image,
    machines: z.array(z.object({ class: z.string() })),
    classes: z.record(z.string(), z.object({ tagSuffix: z.string().default("") })),
  }),
});

export interface Images {
  /** Of the services: whatever platform a node has, they may run there. */
  readonly everywhere: readonly string[];
  /** Of the hardware classes: one for AMD's cards is made for linux/amd64 alone. */
  readonly somewhere: readonly string[];
}

/** Those of the chart with these values; without machines the Ollama that most have. Throws a BundleError where they cannot be read. */
export function imagesOf(values: unknown, appVersion: string): Images {
  const read = schema.safeParse(values);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new BundleError(`the values do not fit at ${issue?.path.join(".")}: ${issue?.message}; helm lint says more`);
  }
  const { image: product, siteRegistry, ollama } = read.data;
  if (product.digest !== "") {
    throw new BundleError(
      "image.digest is set: an image that is imported from a file has its tag alone, so leave it empty; the bundle's own sums say what is in it",
    );
  }
  const classes = ollama.machines.length > 0 ? ollama.machines.map((machine) => machine.class) : ["cpu"];
  const suffixes = classes.map((name) => ollama.classes[name]?.tagSuffix ?? "");
  return {
    everywhere: [
      `${product.repository}:${product.tag || appVersion}`,
      `${siteRegistry.image.repository}:${siteRegistry.image.tag}`,
    ],
    somewhere: [...new Set(suffixes.map((suffix) => `${ollama.image.repository}:${ollama.image.tag}${suffix}`))],
  };
}

const platformPattern = /^linux\/[a-z0-9]+(\/v\d)?$/;

export interface Crane {
  /** Path of the program. */
  readonly path: string;
  /** Registries in plain http are spoken to as well. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

/** What there is for each of those platforms. Throws a BundleError where one cannot be had that is needed. */
export async function imagesByPlatform(
  crane: Crane,
  { everywhere, somewhere }: Images,
  platforms: readonly string[],
): Promise<Map<string, string[]>> {
  for (const platform of platforms) {
    if (platformPattern.test(platform)) continue;
    throw new BundleError(`"${platform}" is no platform of machines that run images: write linux/amd64 or linux/arm64`);
  }
  const byPlatform = new Map(platforms.map((platform) => [platform, [...everywhere]]));
  for (const image of somewhere) {
    let found = false;
    for (const [platform, images] of byPlatform) {
      if (!(await isFor(crane, image, platform))) continue;
      images.push(image);
      found = true;
    }
    if (!found) throw new BundleError(`${image} is made for none of these platforms: ${platforms.join(", ")}`);
  }
  return byPlatform;
}

/** An index that lacks the platform is refused; an image without an index is given whatever is asked for, so its own word counts. */
async function isFor(crane: Crane, image: string, platform: string): Promise<boolean> {
  const said = await ask(crane, ["config", image, "--platform", platform]).catch((error: unknown) => {
    if (wordsOf(error).includes("no child with platform")) return undefined;
    crane.signal.throwIfAborted();
    throw new BundleError(`${image} cannot be had: ${wordsOf(error)}`, { cause: error });
  });
  if (said === undefined) return false;
  const { os, architecture } = JSON.parse(said) as { os?: string; architecture?: string };
  return platform.startsWith(`${os}/${architecture}`);
}

/** Resolves to the archive's name in that folder. It is made beside its name and renamed when it is whole. */
export async function pullImages(
  crane: Crane,
  { images, platform, into }: { images: readonly string[]; platform: string; into: string },
): Promise<string> {
  const name = `${platform.replaceAll("/", "-")}.tar`;
  const file = join(into, name);
  await mkdir(into, { recursive: true });
  try {
    await ask(crane, ["pull", ...images, `${file}.new`, "--platform", platform]);
  } catch (cause) {
    await rm(`${file}.new`, { force: true });
    crane.signal.throwIfAborted();
    const words = `the images for ${platform} cannot be had (${images.join(", ")}): ${wordsOf(cause)}`;
    throw new BundleError(words, { cause });
  }
  await rename(`${file}.new`, file);
  return name;
}

async function ask({ path, insecure, signal }: Crane, args: readonly string[]): Promise<string> {
  const flags = insecure ? ["--insecure"] : [];
  const { stdout } = await run(path, [...args, ...flags], { signal, maxBuffer: outputBytesMax });
  return stdout;
}

function wordsOf(error: unknown): string {
  return (error as { stderr?: string }).stderr?.trim().slice(-saidCharsMax) || String(error);
}
