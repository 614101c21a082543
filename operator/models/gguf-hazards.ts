/**
 * Headers that are well formed and still end a whole Ollama server with all that it serves: it trusts the model's author.
 * Each of these was seen to end 0.24.0, at `create` or at the first load; the places are in its sources. What ends a
 * runner only is not here, for the server survives that and says so.
 */
import { printable } from "../text/printable.ts";
import type { GgufHeader } from "./gguf.ts";
import { bad } from "./gguf-cursor.ts";
import type { ValueKind } from "./gguf-values.ts";
import { tokensKey } from "./gguf-vocabulary.ts";

/** Throws `BadGguf`, with the reason, for a header that no host shall see. An adapter has none of these keys. */
export function refuseHazards(header: GgufHeader): void {
  const architecture = header.facts.get("general.architecture");
  if (typeof architecture !== "string" || header.facts.get("general.type") === "adapter") return;
  for (const hazard of hazards) {
    const problem = hazard(header, architecture);
    if (problem !== undefined) throw bad(`${printable(problem, 300)}; a host could die of it`);
  }
}

type Hazard = (header: GgufHeader, architecture: string) => string | undefined;

const hazards: readonly Hazard[] = [
  // llm/server.go, llamaServer.Load: takes the first layer of as many as a u32 says.
  noLayers,
  // fs/ggml/ggml.go, UintOrArrayValue: the least of an array that it did not keep, or that is empty.
  headsOutOfRange,
  // model/models/*/model.go: widths divided by the heads.
  noHeads,
  // fs/ggml/ggml.go, GraphSize: takes the tokens for an array of strings.
  noTokens,
  // llama.cpp src/llama-vocab.cpp asserts it, in Ollama's own process.
  tokensTwice,
  // llama.cpp reads as many of these as there are tokens, whatever their type, and asserts that a list is one.
  oddTokenizerLists,
  // tokenizer/sentencepiece.go and llama.cpp's SentencePiece tokenizer.
  lackingSentencePiece,
];

function noLayers({ facts, kinds }: GgufHeader, architecture: string): string | undefined {
  const key = `${architecture}.block_count`;
  const layers = facts.get(key);
  if (kinds.get(key)?.type === "u32" && typeof layers === "number" && layers > 0) return undefined;
  return `it does not say its ${key} as a u32 above 0`;
}

const headKeys = ["attention.head_count", "attention.head_count_kv"] as const;
/** llm.LoadModel keeps no longer array. */
const headsPerLayerMax = 1024;

function headsOutOfRange({ kinds }: GgufHeader, architecture: string): string | undefined {
  const wrong = headKeys.find((key) => {
    const { type, length = 0 } = kinds.get(`${architecture}.${key}`) ?? { type: "u32" };
    return type === "array" && (length === 0 || length > headsPerLayerMax);
  });
  if (wrong === undefined) return undefined;
  return `its ${architecture}.${wrong} lists heads for no layer or for more than ${headsPerLayerMax}`;
}

/** Models whose layers all are recurrent have none. */
const withoutHeads = /^(?:mamba|rwkv|arwkv)/;

function noHeads({ facts, kinds }: GgufHeader, architecture: string): string | undefined {
  const key = `${architecture}.attention.head_count`;
  if (withoutHeads.test(architecture) || kinds.get(key)?.type === "array") return undefined;
  const heads = facts.get(key);
  return typeof heads === "number" && heads > 0 ? undefined : `it does not say its ${key}`;
}

function noTokens({ vocabulary }: GgufHeader): string | undefined {
  return vocabulary?.tokens ? undefined : `its ${tokensKey} are no list of tokens`;
}

function tokensTwice({ vocabulary }: GgufHeader): string | undefined {
  return vocabulary?.distinct === false ? `one of its ${tokensKey} stands there twice` : undefined;
}

/** `each`: as many as there are tokens. */
const lists: Readonly<Record<string, { of: readonly ValueKind["of"][]; each?: true }>> = {
  "tokenizer.ggml.scores": { of: ["f32"], each: true },
  "tokenizer.ggml.token_type": { of: ["i32", "u32"], each: true },
  "tokenizer.ggml.merges": { of: ["string"] },
  "tokenizer.ggml.precompiled_charsmap": { of: ["i8", "u8"] },
};

function oddTokenizerLists({ kinds, vocabulary }: GgufHeader): string | undefined {
  for (const [key, { of, each }] of Object.entries(lists)) {
    const kind = kinds.get(key);
    if (!kind) continue;
    if (kind.type !== "array" || !of.includes(kind.of)) return `its ${key} is no list of ${of.join(" or ")}`;
    if (each && kind.length !== vocabulary?.tokens) {
      return `its ${key} has ${kind.length} entries for ${vocabulary?.tokens} tokens`;
    }
  }
  return undefined;
}

/** Ollama's own engine takes these for SentencePiece whatever they say. */
const alwaysSentencePiece: ReadonlySet<unknown> = new Set(["gemma2", "gemma3n"]);
const leastPieces = 5;

function lackingSentencePiece({ facts, kinds, vocabulary }: GgufHeader, architecture: string): string | undefined {
  const says = facts.get("tokenizer.ggml.model") === "llama";
  if (!says && !alwaysSentencePiece.has(architecture)) return undefined;
  const lacking = ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"].find((key) => !kinds.has(key));
  if (lacking !== undefined) return `its SentencePiece tokenizer lacks ${lacking}`;
  if ((vocabulary?.tokens ?? 0) < leastPieces)
    return `its SentencePiece tokenizer has fewer than ${leastPieces} tokens`;
  return vocabulary?.newline ? undefined : "its SentencePiece tokenizer has no token for a new line";
}
