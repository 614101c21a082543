/** Images built by a Docker engine, from the base images as they are published. */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { dockerfileOf, type ImageBuilder, type ImageConfig, imageOf, ourSources } from "../node/images.ts";
import { run } from "../programs/run.ts";

const buildTimeoutMs = 1_200_000;

export const dockerImages: ImageBuilder = {
  buildProduct: (sources = ourSources) => {
    const { folder, version } = sources;
    return build([
      `--build-arg=VERSION=${version}`,
      `--tag=${imageOf(version)}`,
      `--file=${dockerfileOf(sources)}`,
      folder,
    ]);
  },
  buildFrom: async (image, dockerfile, content) => {
    const folder = scratchDirectory("image-context");
    writeFileSync(join(folder, "Dockerfile"), dockerfile);
    for (const [name, path] of Object.entries(content)) {
      cpSync(path, join(folder, name), { recursive: true, dereference: true });
    }
    await build([`--tag=${image}`, folder]);
    rmSync(folder, { recursive: true, force: true });
  },
  archiveOf: async (image, as = image) => {
    const path = join(scratchDirectory("image"), "image.tar");
    if (as !== image) await docker(["tag", image, as]);
    await docker(["save", `--output=${path}`, as]);
    return path;
  },
  configOf: async (image) =>
    JSON.parse(await docker(["image", "inspect", "--format={{json .Config}}", image])) as ImageConfig,
  // The engine keeps layers as it unpacked them: they are compressed once more, as for a push.
  compressedBytes: async (image) =>
    Number(await run("sh", ["-c", 'set -e; docker save "$0" | gzip -c | wc -c', image])),
};

/** Without an attestation, which would make of one image an index that holds a second, which nodes do not load. */
async function build(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DOCKER_BUILDKIT: "1" };
  await run("docker", ["build", "--quiet", "--provenance=false", ...args], { env, timeoutMs: buildTimeoutMs });
}

function docker(args: readonly string[]): Promise<string> {
  return run("docker", args);
}
