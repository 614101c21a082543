/**
 * One host's models directory: blobs, manifests, partial downloads. Blobs go when the last manifest that names them goes. A
 * start-up prunes blobs that no manifest names and partial downloads, if they are more than an hour old.
 */

import { bytesOf, type Layer, type Manifest } from "./manifest.ts";
import { key, type ModelName, shortest } from "./names.ts";

export interface StoredModel {
  readonly name: ModelName;
  readonly manifest: Manifest;
  readonly modifiedAt: number;
}

export const diskFull = (digest: string): string =>
  `write /root/.ollama/models/blobs/${digest.replace(":", "-")}-partial: no space left on device`;

export class Disk {
  readonly #models = new Map<string, StoredModel>();
  readonly blobs = new Map<string, Layer>();
  /** Bytes that came of a download that was given up, by digest. */
  readonly partials = new Map<string, number>();
  capacityBytes = Number.POSITIVE_INFINITY;

  get usedBytes(): number {
    let bytes = 0;
    for (const blob of this.blobs.values()) bytes += blob.bytes;
    for (const part of this.partials.values()) bytes += part;
    return bytes;
  }

  get freeBytes(): number {
    return this.capacityBytes - this.usedBytes;
  }

  find(name: ModelName): StoredModel | undefined {
    return this.#models.get(key(name));
  }

  /** Whether any blob of a model has other bytes than its digest says. */
  isSpoilt(name: ModelName): boolean {
    const manifest = this.find(name)?.manifest;
    return (
      manifest !== undefined &&
      [...manifest.layers, manifest.config].some(({ digest }) => this.blobs.get(digest)?.spoilt)
    );
  }

  /** Most recently modified first, as `/api/tags` lists them: without those whose config cannot be read. */
  list(): StoredModel[] {
    const readable = [...this.#models.values()].filter(
      ({ manifest }) => !this.blobs.get(manifest.config.digest)?.spoilt,
    );
    return readable.sort((a, b) => b.modifiedAt - a.modifiedAt);
  }

  write(name: ModelName, manifest: Manifest, modifiedAt: number): void {
    const before = this.find(name);
    for (const layer of [...manifest.layers, manifest.config]) {
      if (!this.blobs.has(layer.digest)) this.blobs.set(layer.digest, layer);
    }
    this.#models.set(key(name), { name: before?.name ?? name, manifest, modifiedAt });
    if (before) this.#dropUnused(before.manifest);
  }

  remove(name: ModelName): boolean {
    const stored = this.find(name);
    if (!stored) return false;
    this.#models.delete(key(name));
    this.#dropUnused(stored.manifest);
    return true;
  }

  prune(): void {
    for (const digest of this.blobs.keys()) if (!this.#used(digest)) this.blobs.delete(digest);
    this.partials.clear();
  }

  /** For messages of tests that fail. */
  toString(): string {
    return this.list()
      .map(({ name, manifest }) => `${shortest(name)} ${manifest.digest.slice(0, 19)} ${bytesOf(manifest)} B`)
      .join(", ");
  }

  #dropUnused(manifest: Manifest): void {
    for (const layer of [...manifest.layers, manifest.config]) {
      if (!this.#used(layer.digest)) this.blobs.delete(layer.digest);
    }
  }

  #used(digest: string): boolean {
    for (const { manifest } of this.#models.values()) {
      if (manifest.config.digest === digest || manifest.layers.some((layer) => layer.digest === digest)) return true;
    }
    return false;
  }
}
