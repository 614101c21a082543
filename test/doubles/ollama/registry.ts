/** What the doubles can pull: a registry's content as data, shared by as many hosts as a test wants. */

import { type Layer, layerOf, type Manifest, manifestOf, sha256 } from "./manifest.ts";
import { key, parseName } from "./names.ts";

export interface RegistryModel {
  /** Distinguishes the bytes: two models with the same seed are the same model. Default: the reference. */
  readonly seed?: string;
  /** Size that the weights claim; they hold no bytes. Default 1,000,000. */
  readonly bytes?: number;
  readonly template?: string;
  readonly system?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly family?: string;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly context?: number;
  /** `["embedding"]` for a model that only embeds. Default `["completion"]`. */
  readonly capabilities?: readonly string[];
}

export class RegistryContent {
  readonly #manifests = new Map<string, Manifest>();
  /** Digests of layers whose bytes come out wrong until taken from this set. */
  readonly corrupt = new Set<string>();
  /** As if every layer were in `corrupt`. */
  corruptAll = false;
  /** Hosts of references where nothing listens. */
  readonly unreachableHosts = new Set<string>();
  /** Words that every pull fails with while set, after `pull model manifest: `. */
  outage: string | undefined;

  /** Puts a model under a reference, moving the tag where it existed. Gives the manifest: its digest is what a pull lists. */
  put(reference: string, model: RegistryModel = {}): Manifest {
    const manifest = registryManifest(model.seed ?? reference, model);
    this.#manifests.set(key(parseName(reference)), manifest);
    return manifest;
  }

  remove(reference: string): void {
    this.#manifests.delete(key(parseName(reference)));
  }

  get(reference: string): Manifest | undefined {
    return this.#manifests.get(key(parseName(reference)));
  }
}

/** What the official registry says to a pull by an Ollama that is too old for the model. */
export const needsNewerOllama =
  "412: \n\nThe model you are attempting to pull requires a newer version of Ollama.\n\nPlease download the latest version at:\n\n\thttps://ollama.com/download";
export const registryDenies = "unauthorized: access denied";
export const registryUnreachable =
  'Get "https://registry.ollama.ai/v2/library/tiny/manifests/latest": dial tcp: lookup registry.ollama.ai: no such host';

function registryManifest(seed: string, model: RegistryModel): Manifest {
  const weights: Layer = { kind: "model", digest: sha256(`weights ${seed}`), bytes: model.bytes ?? 1_000_000 };
  const layers = [weights];
  if (model.template !== undefined) layers.push(layerOf("template", Buffer.from(model.template)));
  if (model.system !== undefined) layers.push(layerOf("system", Buffer.from(model.system)));
  if (model.parameters) layers.push(layerOf("params", Buffer.from(JSON.stringify(model.parameters))));
  const family = model.family ?? "llama";
  return manifestOf(layers, {
    family,
    quantization: "Q4_K_M",
    parameterSize: "1M",
    capabilities: model.capabilities ?? ["completion"],
    facts: {
      "general.architecture": family,
      "general.file_type": 15,
      [`${family}.block_count`]: model.layers ?? 4,
      [`${family}.embedding_length`]: model.width ?? 256,
      [`${family}.attention.head_count`]: model.heads ?? 8,
      [`${family}.attention.head_count_kv`]: model.kvHeads ?? 4,
      [`${family}.context_length`]: model.context ?? 8192,
    },
  });
}
