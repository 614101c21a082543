/**
 * Downloads of one host (server/download.go of v0.24.0): callers of one blob share its download, the last one to leave ends
 * it, what came is kept and gone on from. A blob that is on the disk is told as complete at once and not verified again.
 */
import { type Disk, diskFull } from "./disk.ts";
import type { Layer } from "./manifest.ts";
import type { OllamaDoubleSettings } from "./settings.ts";

interface Download {
  completed: number;
  waiting: number;
  readonly abort: AbortController;
  readonly ticks: Set<(completed: number) => void>;
  readonly done: Promise<void>;
}

export class Downloads {
  readonly #settings: OllamaDoubleSettings;
  readonly #disk: Disk;
  readonly #running = new Map<string, Download>();
  /** Progress events go on, and nothing comes. */
  frozen = false;

  constructor(settings: OllamaDoubleSettings, disk: Disk) {
    this.#settings = settings;
    this.#disk = disk;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Resolves when the blob is on the disk; `false` where it was there before. */
  async fetch(layer: Layer, signal: AbortSignal, onTick: (completed: number) => void): Promise<boolean> {
    if (this.#disk.blobs.has(layer.digest)) {
      onTick(layer.bytes);
      return false;
    }
    const download = this.#running.get(layer.digest) ?? this.#begin(layer);
    download.waiting++;
    download.ticks.add(onTick);
    try {
      await untilAborted(download.done, signal);
      return true;
    } finally {
      download.ticks.delete(onTick);
      download.waiting--;
      if (download.waiting === 0) download.abort.abort(new Error("context canceled"));
    }
  }

  #begin(layer: Layer): Download {
    const abort = new AbortController();
    const download: Download = {
      completed: this.#disk.partials.get(layer.digest) ?? 0,
      waiting: 0,
      abort,
      ticks: new Set(),
      done: Promise.resolve().then(() => this.#run(layer, download)),
    };
    download.done.catch(() => undefined);
    this.#running.set(layer.digest, download);
    return download;
  }

  async #run(layer: Layer, download: Download): Promise<void> {
    const { digest, bytes } = layer;
    const { clock } = this.#settings;
    try {
      while (download.completed < bytes || this.frozen) {
        const { pullBytesPerSecond, tickMs } = this.#settings;
        if (this.frozen || Number.isFinite(pullBytesPerSecond)) {
          await clock.sleep(tickMs, download.abort.signal);
          if (!this.frozen)
            download.completed += Math.min((pullBytesPerSecond * tickMs) / 1000, bytes - download.completed);
        } else {
          download.completed = bytes;
        }
        this.#keep(digest, Math.floor(download.completed));
        if (Number.isFinite(pullBytesPerSecond) || this.frozen)
          for (const tick of download.ticks) tick(Math.floor(download.completed));
      }
      this.#disk.partials.delete(digest);
      const { registry } = this.#settings;
      const spoilt = registry.corruptAll || registry.corrupt.has(digest);
      this.#disk.blobs.set(digest, spoilt ? { ...layer, spoilt } : layer);
    } finally {
      this.#running.delete(digest);
    }
  }

  #keep(digest: string, bytes: number): void {
    const before = this.#disk.partials.get(digest) ?? 0;
    if (bytes - before > this.#disk.freeBytes) throw new Error(diskFull(digest));
    this.#disk.partials.set(digest, bytes);
  }
}

function untilAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Error("context canceled"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    done.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
