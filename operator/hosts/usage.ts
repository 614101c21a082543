/** What of a host's memory and disk is in use, and by whom; as the host claims. */
import type { MadeModel, ModelHostSpec } from "../apis/model-host.ts";
import type { LoadedModel } from "../engines/engine.ts";
import { readName } from "../models/names.ts";
import type { HostFacts } from "./probe.ts";

export interface Usage {
  readonly memoryBytes: number;
  /** Of that: what is not ours. */
  readonly strangersBytes: number;
  readonly diskBytes: number;
}

export const nothing: Usage = { memoryBytes: 0, strangersBytes: 0, diskBytes: 0 };

export function usageOf(
  facts: HostFacts | undefined,
  made: readonly MadeModel[],
  hardware: ModelHostSpec["hardware"],
): Usage {
  if (!facts) return nothing;
  const ours = isOursOn(facts, made);
  const bytesOf = (model: LoadedModel) => memoryBytes(model, hardware.accelerator);
  const memory = sum(facts.loaded.map(bytesOf));
  const strangers = sum(facts.loaded.filter((model) => !ours(model)).map(bytesOf));
  return { memoryBytes: memory, strangersBytes: strangers, diskBytes: diskBytes(facts) };
}

/** One of our names, or another name for the same content: a host lists what is loaded under one of its names. */
export function isOursOn(
  facts: HostFacts,
  made: readonly MadeModel[],
): (model: { readonly name: string; readonly digest: string }) => boolean {
  const names = new Set(made.map(({ model }) => model));
  const digests = new Set(facts.models.filter(({ name }) => names.has(name)).map(({ digest }) => digest));
  return ({ name, digest }) => names.has(name) || digests.has(digest as (typeof facts.models)[number]["digest"]);
}

/** On a machine with an accelerator that has memory of its own, only what lies there counts. */
function memoryBytes({ bytes, vramBytes }: LoadedModel, accelerator: ModelHostSpec["hardware"]["accelerator"]): number {
  return accelerator === "cpu" || accelerator === "apple" ? bytes : vramBytes;
}

/** Aliases share their blobs, and a served model those of its base: each content counts once. */
function diskBytes({ models }: HostFacts): number {
  const bases = new Set(
    models.flatMap(({ name }) => {
      const read = readName(name);
      return read?.kind === "base" ? [read.ownerHash] : [];
    }),
  );
  const contents = new Map<string, number>();
  for (const { name, digest, bytes } of models) {
    const read = readName(name);
    if (read?.kind === "served" && bases.has(read.ownerHash)) continue;
    contents.set(digest, bytes);
  }
  return sum([...contents.values()]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
