/**
 * Settings of a server that no request can change (parallel requests, KV cache type, most loaded models) are declared by the owner. Two of
 * their effects can be seen from outside: how many models are in memory at once, and how much more or less memory a model takes than
 * its shape and the declared settings explain. Everything else stays a claim, and is called one.
 */
import type { ModelHostSpec } from "../apis/model-host.ts";
import type { LoadedModel } from "../engines/engine.ts";
import { formatBytesApart } from "../text/bytes.ts";
import { printable } from "../text/printable.ts";
import type { Want } from "./wants.ts";

export interface SettingsVerdict {
  readonly differ: boolean;
  readonly reason: "Claimed" | "MoreMemoryThanDeclared" | "LessMemoryThanDeclared" | "MoreModelsThanDeclared";
  readonly message: string;
}

/** Of an f16 cache: 34 of 64 bytes, 18 of 64 (ggml's blocks of 32 values with a scale of 2 bytes). */
const cacheShare: Record<ModelHostSpec["engine"]["kvCacheType"], number> = { f16: 1, q8_0: 34 / 64, q4_0: 18 / 64 };

/** Estimates are rough: a difference counts from so much of the cache, of the whole, and of bytes. */
const cacheShareMin = 0.6;
const wholeShareMin = 0.15;
const differenceBytesMin = 128 * 2 ** 20;

export function judgeSettings(
  { parallel, kvCacheType, maxLoadedModels }: ModelHostSpec["engine"],
  loaded: readonly LoadedModel[],
  wants: readonly Want[],
): SettingsVerdict {
  if (maxLoadedModels !== undefined && loaded.length > maxLoadedModels) {
    const message = `${loaded.length} models are in memory, and the spec declares maxLoadedModels ${maxLoadedModels}`;
    return { differ: true, reason: "MoreModelsThanDeclared", message };
  }
  const declared = `parallel ${parallel} and KV cache ${kvCacheType}`;
  for (const model of loaded) {
    const memory = wants.find((want) => want.served && want.model === model.name)?.memory;
    // A model that is still loading tells little or nothing.
    if (!memory || model.bytes < memory.weightsBytes) continue;
    const cache = memory.kvCacheBytes * parallel * cacheShare[kvCacheType];
    const expected = memory.weightsBytes + cache + memory.graphBytes;
    const difference = model.bytes - expected;
    if (!counts(difference, cache, expected)) continue;
    const [seen, explained] = formatBytesApart(model.bytes, Math.round(expected));
    const message = `${printable(model.name, 200)} takes ${seen} as the host claims, ${declared} explain ${explained}: set spec.engine to what the server runs with`;
    return { differ: true, reason: difference > 0 ? "MoreMemoryThanDeclared" : "LessMemoryThanDeclared", message };
  }
  const most = maxLoadedModels === undefined ? "" : `, at most ${maxLoadedModels} loaded models`;
  return {
    differ: false,
    reason: "Claimed",
    message: `${declared}${most} are the owner's claim; nothing measured contradicts it`,
  };
}

function counts(difference: number, cache: number, expected: number): boolean {
  const size = Math.abs(difference);
  // Where the cache is a small part, a difference comes from elsewhere (graph, driver) and says nothing of these settings.
  if (cache < wholeShareMin * expected) return false;
  return size >= differenceBytesMin && size >= wholeShareMin * expected && size >= cacheShareMin * cache;
}
