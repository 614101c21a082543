/** One model in a double's memory, loading or ready, with its slots and the requests that hold it. */
import type { Cancel } from "../../../operator/clock/clock.ts";
import type { StoredModel } from "./disk.ts";
import { configOf, weightsOf } from "./manifest.ts";
import { ClientLeft } from "./refused.ts";

/** Options that a load fixes: another value forces a reload (api.Runner). */
export interface RunnerOptions {
  readonly num_ctx: number;
  readonly num_batch?: number;
  readonly num_gpu?: number;
  readonly main_gpu?: number;
  readonly use_mmap?: boolean;
  readonly num_thread?: number;
}

export class Runner {
  readonly key: string;
  readonly model: StoredModel;
  readonly options: RunnerOptions;
  readonly bytes: number;
  vramBytes: number;
  keepAliveMs: number;
  expiresAt: number | undefined;
  expiry: Cancel | undefined;
  loading = true;
  unloaded = false;
  references = 0;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(
    key: string,
    model: StoredModel,
    options: RunnerOptions,
    sizes: { bytes: number; vramBytes: number; keepAliveMs: number; slots: number },
  ) {
    this.key = key;
    this.model = model;
    this.options = options;
    this.bytes = sizes.bytes;
    this.vramBytes = sizes.vramBytes;
    this.keepAliveMs = sizes.keepAliveMs;
    this.#free = sizes.slots;
  }

  /** Waits for one of the parallel slots, first come first served; resolves with what gives it back. */
  async slot(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new ClientLeft());
      };
      const take = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#waiting.push(take);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** Runners are found by their weights: two names of one file share a runner, and fight over it when their options differ. */
export function runnerKey(model: StoredModel): string {
  return weightsOf(model.manifest)?.digest ?? model.manifest.digest;
}

/** Weights, KV cache of 16-bit keys and values for every slot, and a graph of a sixteenth of both. */
export function memoryFor(model: StoredModel, context: number, parallel: number): number {
  const weights = model.manifest.layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const { facts } = configOf(model.manifest);
  const architecture = String(facts["general.architecture"] ?? "llama");
  const fact = (name: string): number => Number(facts[`${architecture}.${name}`] ?? 0);
  const heads = fact("attention.head_count") || 1;
  const width = (fact("embedding_length") / heads) * (fact("attention.head_count_kv") || heads);
  const cache = 2 * 2 * fact("block_count") * width * context * parallel;
  return Math.ceil((weights + cache) * (17 / 16));
}

export function trainedContext(model: StoredModel): number {
  const { facts } = configOf(model.manifest);
  return Number(facts[`${String(facts["general.architecture"])}.context_length`] ?? 0) || Number.POSITIVE_INFINITY;
}
