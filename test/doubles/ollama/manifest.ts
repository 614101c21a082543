/** A model as it lies in a registry or on a disk: a manifest over layers. Its digest is the sha256 of the manifest's bytes. */
import { createHash } from "node:crypto";

export type MediaKind = "model" | "adapter" | "projector" | "template" | "system" | "params" | "license" | "config";

export interface Layer {
  readonly kind: MediaKind;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly bytes: number;
  /** Absent for weights that a test only claims to be large. */
  readonly content?: Buffer;
  /** The bytes are not those of the digest: they were changed on the way, and nobody has looked yet. */
  readonly spoilt?: boolean;
  /** Where a created layer came from; part of the manifest's bytes, as in the real one. */
  readonly from?: string;
}

export interface Manifest {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly layers: readonly Layer[];
  readonly config: Layer;
}

export interface ModelConfig {
  readonly family: string;
  readonly quantization: string;
  readonly parameterSize: string;
  /** GGUF's facts; what `/api/show` gives as `model_info`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** `completion` unless the model only embeds. */
  readonly capabilities: readonly string[];
}

export function sha256(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export function layerOf(kind: MediaKind, content: Buffer): Layer {
  return { kind, digest: sha256(content), bytes: content.length, content };
}

export function manifestOf(layers: readonly Layer[], config: ModelConfig): Manifest {
  const configLayer = layerOf("config", Buffer.from(JSON.stringify(config)));
  const entry = (layer: Layer): object => ({
    mediaType: mediaType(layer.kind),
    digest: layer.digest,
    size: layer.bytes,
    ...(layer.from !== undefined && { from: layer.from }),
  });
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: entry(configLayer),
    layers: layers.map(entry),
  });
  return { digest: sha256(text), layers, config: configLayer };
}

export function configOf(manifest: Manifest): ModelConfig {
  return JSON.parse(String(manifest.config.content)) as ModelConfig;
}

export function textOf(manifest: Manifest, kind: MediaKind): string {
  return manifest.layers.find((layer) => layer.kind === kind)?.content?.toString() ?? "";
}

export function paramsOf(manifest: Manifest): Record<string, unknown> {
  return JSON.parse(textOf(manifest, "params") || "{}") as Record<string, unknown>;
}

export function weightsOf(manifest: Manifest): Layer | undefined {
  return manifest.layers.find((layer) => layer.kind === "model");
}

export function bytesOf(manifest: Manifest): number {
  return [...manifest.layers, manifest.config].reduce((sum, layer) => sum + layer.bytes, 0);
}

function mediaType(kind: MediaKind): string {
  return kind === "config" ? "application/vnd.docker.container.image.v1+json" : `application/vnd.ollama.image.${kind}`;
}
