/** Puts a model into a registry the way Ollama lays models out, without an Ollama. */
import { createHash } from "node:crypto";

export interface ModelToPush {
  /** `library/tiny` */
  repository: string;
  tag: string;
  /** The weights. */
  gguf: Uint8Array;
  /** Further layers by the last word of their media type: `template`, `system`, `params`, `adapter`, `license`. */
  layers?: Readonly<Record<string, Uint8Array | string>>;
  /** Merged into the config: `model_family`, `file_type`, `remote_host`, … */
  config?: Readonly<Record<string, unknown>>;
}

export interface PushedModel {
  /** Of the manifest's bytes. */
  digest: `sha256:${string}`;
  /** Of the weights' layer. */
  weights: `sha256:${string}`;
  sizeBytes: number;
}

/** `origin`: of the registry, or of a proxy before it. */
export async function pushModel(origin: string, model: ModelToPush): Promise<PushedModel> {
  const config = {
    model_format: "gguf",
    model_family: "llama",
    model_families: ["llama"],
    model_type: "70K",
    file_type: "F32",
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
    ...model.config,
  };
  const layers = [
    { mediaType: "application/vnd.ollama.image.model", bytes: Buffer.from(model.gguf) },
    ...Object.entries(model.layers ?? {}).map(([word, content]) => ({
      mediaType: `application/vnd.ollama.image.${word}`,
      bytes: Buffer.from(content),
    })),
  ];
  const configLayer = {
    mediaType: "application/vnd.docker.container.image.v1+json",
    bytes: Buffer.from(JSON.stringify(config)),
  };
  for (const { bytes } of [...layers, configLayer]) await pushBlob(origin, model.repository, bytes);
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: entryOf(configLayer),
    layers: layers.map(entryOf),
  };
  const digest = await pushManifest(origin, model.repository, model.tag, JSON.stringify(manifest));
  const sizeBytes = [...layers, configLayer].reduce((sum, { bytes }) => sum + bytes.length, 0);
  return { digest, weights: digestOf(model.gguf), sizeBytes };
}

/** Any manifest under any tag, also one that is no model. */
export async function pushManifest(
  origin: string,
  repository: string,
  tag: string,
  manifest: string,
  mediaType = "application/vnd.docker.distribution.manifest.v2+json",
): Promise<`sha256:${string}`> {
  const url = `${origin}/v2/${repository}/manifests/${tag}`;
  await expectStatus(201, await fetch(url, { method: "PUT", body: manifest, headers: { "content-type": mediaType } }));
  return digestOf(manifest);
}

/** Resolves to its digest. */
export async function pushBlob(origin: string, repository: string, bytes: Uint8Array): Promise<`sha256:${string}`> {
  const digest = digestOf(bytes);
  const begun = await fetch(`${origin}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  await expectStatus(202, begun);
  const upload = new URL(begun.headers.get("location") ?? "", origin);
  upload.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  await expectStatus(201, await fetch(upload, { method: "PUT", body: Buffer.from(bytes), headers }));
  return digest;
}

async function expectStatus(status: number, response: Response): Promise<void> {
  const body = await response.text();
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}: ${body}`);
}

function entryOf(layer: { mediaType: string; bytes: Uint8Array }): { mediaType: string; digest: string; size: number } {
  return { mediaType: layer.mediaType, digest: digestOf(layer.bytes), size: layer.bytes.length };
}

function digestOf(bytes: Uint8Array | string): `sha256:${string}` {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
