/** The images that the tests put into a cluster, whatever builds them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { catalog } from "../../cli/up/binaries/catalog.ts";
import type { NodePrograms } from "./programs.ts";

export const root = join(import.meta.dirname, "../..");

export const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
export const productImage = imageOf(version);
export const ollamaImage = `docker.io/ollama/ollama:${catalog.ollama.version}`;
export const registryImage = `docker.io/library/registry:${catalog.registry.version}`;
export const debianImage = "docker.io/library/debian:bookworm-slim";

export interface Sources {
  readonly folder: string;
  readonly version: string;
}

export const ourSources: Sources = { folder: root, version };

export interface ImageBuilder {
  /** From `charts/image/Dockerfile` of the sources and nothing else, under the name in its chart. */
  buildProduct(sources?: Sources): Promise<void>;
  /** `content`: name in the build's folder to what is copied there, a file or a folder. */
  buildFrom(image: string, dockerfile: string, content: Readonly<Record<string, string>>): Promise<void>;
  /** Writes a file as `docker save` does, in a folder of its own. `as`: the name that the image has in it. */
  archiveOf(image: string, as?: string): Promise<string>;
  configOf(image: string): Promise<ImageConfig>;
  /** As a registry holds it and a machine pulls it. */
  compressedBytes(image: string): Promise<number>;
}

export interface ImageConfig {
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** In the chart's default repository. */
export function imageOf(version: string): string {
  return `ghcr.io/commonhold/commonhold:${version}`;
}

/** Where a version's image is described. */
export function dockerfileOf({ folder }: Sources): string {
  return join(folder, "charts/image/Dockerfile");
}

/** The real Ollama under the name that it is published as. */
export async function buildOllamaImage(images: ImageBuilder, { ollama }: Pick<NodePrograms, "ollama">): Promise<void> {
  const libraries = librariesBeside(ollama);
  const lines = [
    `FROM ${debianImage}`,
    "COPY ollama /bin/ollama",
    ...Object.keys(libraries).map((name) => `COPY ${name} /lib/ollama/${name}`),
    "ENV OLLAMA_HOST=0.0.0.0:11434",
    'ENTRYPOINT ["/bin/ollama"]',
    'CMD ["serve"]',
  ];
  await images.buildFrom(ollamaImage, `${lines.join("\n")}\n`, { ollama, ...libraries });
}

/** Gigabytes, and of no use to a pod without a card. */
const forCards = /cuda|rocm|vulkan|mlx|jetpack/;

/** Names to paths. */
function librariesBeside(ollama: string): Record<string, string> {
  const folder = join(dirname(ollama), "../lib/ollama");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => !forCards.test(name)) : [];
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

/** The real registry under the name that it is published as. */
export async function buildRegistryImage(
  images: ImageBuilder,
  { registry }: Pick<NodePrograms, "registry">,
): Promise<void> {
  const lines = [`FROM ${debianImage}`, "COPY registry /bin/registry", 'ENTRYPOINT ["/bin/registry"]'];
  await images.buildFrom(registryImage, `${lines.join("\n")}\n`, { registry });
}
