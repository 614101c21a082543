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

/** Those of the chart with these values; without machines the Ollama that most have. Throws a BundleError where they cannot be read. */
export function imagesOf(values: unknown, appVersion: string): string[] {
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
  return [
    `${product.repository}:${product.tag || appVersion}`,
    `${siteRegistry.image.repository}:${siteRegistry.image.tag}`,
    ...new Set(suffixes.map((suffix) => `${ollama.image.repository}:${ollama.image.tag}${suffix}`)),
  ];
}

const platformPattern = /^linux\/[a-z0-9]+(\/v\d)?$/;

export interface PullImages {
  /** Path of the program. */
  readonly crane: string;
  readonly images: readonly string[];
  /** `linux/amd64` */
  readonly platform: string;
  /** Folder of the archives. */
  readonly into: string;
  /** Registries in plain http are spoken to as well. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

/** Resolves to the archive's name. It is made beside its name and renamed when it is whole. */
export async function pullImages({ crane, images, platform, into, insecure, signal }: PullImages): Promise<string> {
  if (!platformPattern.test(platform)) {
    throw new BundleError(`"${platform}" is no platform of machines that run images: write linux/amd64 or linux/arm64`);
  }
  const name = `${platform.replaceAll("/", "-")}.tar`;
  const file = join(into, name);
  await mkdir(into, { recursive: true });
  const flags = ["--platform", platform, ...(insecure ? ["--insecure"] : [])];
  try {
    await run(crane, ["pull", ...images, `${file}.new`, ...flags], { signal, maxBuffer: outputBytesMax });
  } catch (cause) {
    await rm(`${file}.new`, { force: true });
    signal.throwIfAborted();
    const said = (cause as { stderr?: string }).stderr?.trim().slice(-saidCharsMax) ?? String(cause);
    throw new BundleError(`the images for ${platform} cannot be had (${images.join(", ")}): ${said}`, { cause });
  }
  await rename(`${file}.new`, file);
  return name;
}
