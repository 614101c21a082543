/**
 * Images built without Docker. Where no registry of images can be reached, the base images are made under their public names, from Debian's
 * packages and npm's `node`; the product's image is then built from exactly the Dockerfile that users build.
 */
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../../cli/up/binaries/cache.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run } from "../programs/run.ts";
import { dnsImage } from "./dns.ts";
import { debianImage, dockerfileOf, type ImageBuilder, type ImageConfig, imageOf, ourSources } from "./images.ts";
import { pauseImage } from "./kubelet.ts";
import type { NodePrograms } from "./programs.ts";

const nodeImage = "docker.io/library/node:24-bookworm-slim";
/** Lines of Node and npm as the official image has them. */
const nodeLine = "24";
const npmLine = "11";

export const buildahImages: ImageBuilder = {
  buildProduct,
  buildFrom: async (image, dockerfile, content) => {
    await ensureBases();
    await buildFrom(image, dockerfile, content);
  },
  archiveOf,
  configOf,
  compressedBytes,
};

/** What every node needs before the first pod: resolves to archives. */
export async function systemImages(programs: NodePrograms): Promise<string[]> {
  await ensureBases();
  await buildFrom(dnsImage, `FROM scratch\nCOPY coredns /coredns\nENTRYPOINT ["/coredns"]\n`, {
    coredns: programs.coredns,
  });
  // The container that holds a pod's namespaces does nothing at all.
  await buildFrom(pauseImage, `FROM ${debianImage}\nENTRYPOINT ["sleep", "infinity"]\n`, {});
  return [await archiveOf(dnsImage), await archiveOf(pauseImage)];
}

async function buildProduct(sources = ourSources): Promise<void> {
  await ensureBases();
  await build([
    `--volume=${npmSettings()}:/usr/local/etc:ro`,
    `--build-arg=VERSION=${sources.version}`,
    `--tag=${imageOf(sources.version)}`,
    `--file=${dockerfileOf(sources)}`,
    sources.folder,
  ]);
}

async function archiveOf(image: string, as: string = image): Promise<string> {
  const path = join(scratchDirectory("image"), "image.tar");
  await buildah(["push", "--quiet", image, `docker-archive:${path}:${as}`]);
  return path;
}

async function configOf(image: string): Promise<ImageConfig> {
  const { OCIv1 } = JSON.parse(await buildah(["inspect", "--type=image", image])) as { OCIv1: { config: ImageConfig } };
  return OCIv1.config;
}

async function compressedBytes(image: string): Promise<number> {
  const folder = join(scratchDirectory("image-size"), "oci");
  await buildah(["push", "--quiet", image, `oci:${folder}:sized`]);
  const blobs = join(folder, "blobs/sha256");
  const bytes = readdirSync(blobs).reduce((sum, blob) => sum + statSync(join(blobs, blob)).size, 0);
  rmSync(folder, { recursive: true });
  return bytes;
}

let bases: Promise<void> | undefined;

function ensureBases(): Promise<void> {
  bases ??= makeBases();
  return bases;
}

async function makeBases(): Promise<void> {
  // Layers of what earlier runs built, a gigabyte each time.
  await buildah(["rmi", "--prune"]);
  if (!(await exists(debianImage))) await makeDebian();
  if (!(await exists(nodeImage))) await makeNode();
}

async function exists(image: string): Promise<boolean> {
  return (await buildah(["images", "--quiet", "--filter", `reference=${image}`])).trim() !== "";
}

/** As `debian:*-slim` is made: required packages, no manuals, translations or lists. */
async function makeDebian(): Promise<void> {
  const tar = join(scratchDirectory("debian"), "debian.tar");
  const left = ["man", "locale", "doc"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
  const kept = "--dpkgopt=path-include=/usr/share/doc/*/copyright";
  const emptied = `--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*`;
  await run("mmdebstrap", ["--quiet", "--variant=minbase", ...left, kept, emptied, "bookworm", tar]);
  await buildFrom(debianImage, 'FROM scratch\nADD debian.tar /\nCMD ["bash"]\n', { "debian.tar": tar });
}

async function makeNode(): Promise<void> {
  const folder = scratchDirectory("node-image");
  const program = await unpacked(folder, `node-linux-${process.arch}@${nodeLine}`);
  const npm = await unpacked(folder, `npm@${npmLine}`);
  const link = (name: string) => `ln -s ../lib/node_modules/npm/bin/${name}-cli.js /usr/local/bin/${name}`;
  const lines = [
    `FROM ${debianImage}`,
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    `RUN ${link("npm")} && ${link("npx")}`,
    'CMD ["node"]',
  ];
  await buildFrom(nodeImage, `${lines.join("\n")}\n`, { node: join(program, "bin/node"), npm });
}

/** A package of npm's, as published: resolves to its folder. */
async function unpacked(folder: string, name: string): Promise<string> {
  const into = join(folder, name.replace(/@.*/, ""));
  mkdirSync(into);
  const archive = (await run("npm", ["pack", "--silent", name], { cwd: into })).trim();
  await run("tar", ["-xzf", archive, "-C", into], { cwd: into });
  return join(into, "package");
}

async function buildFrom(image: string, dockerfile: string, content: Readonly<Record<string, string>>): Promise<void> {
  const folder = scratchDirectory("image-context");
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  for (const [name, path] of Object.entries(content)) cpSync(path, join(folder, name), { recursive: true });
  await build([`--tag=${image}`, folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** One at a time: the containers of the stages stay mounted until they are removed, and all of them are. */
async function build(args: readonly string[]): Promise<void> {
  try {
    await buildah(["bud", "--quiet", "--layers", "--pull-never", "--network=host", ...args]);
  } finally {
    await buildah(["rm", "--all"]);
  }
}

/** This machine's authorities are npm's within the build too; the layers do not hold them. */
function npmSettings(): string {
  const folder = scratchDirectory("npm-settings");
  const authorities = process.env["NODE_EXTRA_CA_CERTS"];
  if (authorities) copyFileSync(authorities, join(folder, "ca.crt"));
  writeFileSync(join(folder, "npmrc"), authorities ? "cafile=/usr/local/etc/ca.crt\n" : "");
  return folder;
}

/** Its images lie with our other caches: the next run has its base images. */
async function buildah(args: readonly string[]): Promise<string> {
  const store = join(cacheRoot(process.env), "images");
  const where = [`--root=${join(store, "layers")}`, `--runroot=${join(store, "running")}`];
  // Building in a chroot needs none of the rights that a container of its own would need.
  return run("buildah", [...where, ...args], { env: { ...process.env, BUILDAH_ISOLATION: "chroot" } });
}
