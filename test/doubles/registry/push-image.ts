/** Puts a container image into a registry: one small layer for each platform, under an index, as builders make them. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pushBlob, pushManifest } from "./push.ts";

const types = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

/** Resolves to the digest of the index. */
export async function pushImage(
  origin: string,
  { repository, tag, architectures }: { repository: string; tag: string; architectures: readonly string[] },
): Promise<string> {
  const manifests = [];
  for (const architecture of architectures) {
    const tar = Buffer.alloc(1024);
    const layer = gzipSync(tar);
    const config = JSON.stringify({
      architecture,
      os: "linux",
      config: { Labels: { repository } },
      rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    });
    for (const blob of [layer, Buffer.from(config)]) await pushBlob(origin, repository, blob);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { mediaType: types.config, digest: digestOf(config), size: Buffer.byteLength(config) },
      layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
    });
    const digest = await pushManifest(origin, repository, digestOf(manifest), manifest, types.manifest);
    const platform = { architecture, os: "linux" };
    manifests.push({ mediaType: types.manifest, digest, size: Buffer.byteLength(manifest), platform });
  }
  const index = JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests });
  return pushManifest(origin, repository, tag, index, types.index);
}

function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
