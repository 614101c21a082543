/**
 * A language model small enough to write in a test: random weights in a true GGUF file, which a real Ollama creates,
 * loads in a fraction of a second and generates with. It says nothing sensible, but always in small letters and spaces,
 * and it never ends by itself: the logits of every other token, the end included, are zero. So tests set `num_predict`
 * (`max_tokens`) to end it, or leave it out to have a stream that goes on.
 */
import { byteVocabulary } from "./byte-vocabulary.ts";
import { type GgufTensor, type GgufValue, writeGguf } from "./gguf-writer.ts";
import { type SeededValues, seededValues } from "./seeded-values.ts";

export interface TinyShape {
  /** `llama` runs in Ollama's llama.cpp runner, `qwen3` in its own engine. */
  architecture: "llama" | "qwen2" | "qwen3";
  layers: number;
  /** Embedding length; a multiple of `heads`. */
  width: number;
  heads: number;
  /** Divides `heads`. */
  kvHeads: number;
  /** Elements per head; `width / heads` unless set. */
  headWidth?: number;
  /** Feed-forward length; `2 × width` unless set. */
  ffn?: number;
  /** Tokens that the model says it was trained for: Ollama clips a larger `num_ctx` to it. */
  context: number;
  /** Tokens in the vocabulary; 258 unless set, never fewer. */
  vocabulary?: number;
  /** Whether the output shares its weights with the token embedding; it may then say anything, and end. */
  tied?: boolean;
  /** Same seed, same bytes. */
  seed: number;
  /** `general.name`; part of the bytes. */
  name: string;
  /** Replaces keys or adds them, `undefined` leaves one out: for a header that something is wrong with. */
  keys?: Readonly<Record<string, GgufValue | undefined>>;
}

const smallest: TinyShape = {
  architecture: "llama",
  layers: 1,
  width: 64,
  heads: 4,
  kvHeads: 2,
  context: 2048,
  seed: 1,
  name: "tiny",
};

/** The whole file (about 285 KB for the default shape). */
export function tinyGguf(overrides: Partial<TinyShape> = {}): Buffer {
  const shape = { ...smallest, ...overrides };
  const written = Object.entries({ ...keys(shape), ...shape.keys }).filter(([, value]) => value !== undefined);
  return writeGguf(Object.fromEntries(written) as Record<string, GgufValue>, tensors(shape, seededValues(shape.seed)));
}

function keys(shape: TinyShape): Record<string, GgufValue> {
  const vocabulary = byteVocabulary(shape.vocabulary);
  const of = (key: string): string => `${shape.architecture}.${key}`;
  const headWidth = shape.headWidth ?? shape.width / shape.heads;
  return {
    "general.architecture": { string: shape.architecture },
    "general.type": { string: "model" },
    "general.name": { string: shape.name },
    "general.file_type": { u32: 0 },
    [of("context_length")]: { u32: shape.context },
    [of("embedding_length")]: { u32: shape.width },
    [of("block_count")]: { u32: shape.layers },
    [of("feed_forward_length")]: { u32: shape.ffn ?? shape.width * 2 },
    [of("rope.dimension_count")]: { u32: headWidth },
    [of("rope.freq_base")]: { f32: 10_000 },
    [of("attention.head_count")]: { u32: shape.heads },
    [of("attention.head_count_kv")]: { u32: shape.kvHeads },
    [of("attention.key_length")]: { u32: headWidth },
    [of("attention.value_length")]: { u32: headWidth },
    [of("attention.layer_norm_rms_epsilon")]: { f32: 1e-5 },
    [of("vocab_size")]: { u32: vocabulary.tokens.length },
    "tokenizer.ggml.model": { string: "gpt2" },
    "tokenizer.ggml.pre": { string: "default" },
    "tokenizer.ggml.tokens": { strings: vocabulary.tokens },
    "tokenizer.ggml.token_type": { i32s: vocabulary.types },
    "tokenizer.ggml.merges": { strings: vocabulary.merges },
    "tokenizer.ggml.bos_token_id": { u32: vocabulary.bosId },
    "tokenizer.ggml.eos_token_id": { u32: vocabulary.eosId },
    "tokenizer.ggml.add_bos_token": { bool: true },
  };
}

function tensors(shape: TinyShape, values: SeededValues): GgufTensor[] {
  const vocabulary = byteVocabulary(shape.vocabulary);
  const { width } = shape;
  const ownOutput = shape.tied ? [] : [output(width, vocabulary.tokens.length, vocabulary.readableIds, values)];
  return [
    matrix("token_embd.weight", width, vocabulary.tokens.length, values),
    ...Array.from({ length: shape.layers }, (_, layer) => block(shape, layer, values)).flat(),
    ones("output_norm.weight", width),
    ...ownOutput,
  ];
}

function block(shape: TinyShape, layer: number, values: SeededValues): GgufTensor[] {
  const { width } = shape;
  const headWidth = shape.headWidth ?? width / shape.heads;
  const ffn = shape.ffn ?? width * 2;
  const of = (name: string): string => `blk.${layer}.${name}.weight`;
  const normalised =
    shape.architecture === "qwen3" ? [ones(of("attn_q_norm"), headWidth), ones(of("attn_k_norm"), headWidth)] : [];
  const biased = shape.architecture === "qwen2" ? biases(shape, layer, headWidth) : [];
  return [
    ones(of("attn_norm"), width),
    matrix(of("attn_q"), width, headWidth * shape.heads, values),
    matrix(of("attn_k"), width, headWidth * shape.kvHeads, values),
    matrix(of("attn_v"), width, headWidth * shape.kvHeads, values),
    matrix(of("attn_output"), headWidth * shape.heads, width, values),
    ...normalised,
    ...biased,
    ones(of("ffn_norm"), width),
    matrix(of("ffn_gate"), width, ffn, values),
    matrix(of("ffn_up"), width, ffn, values),
    matrix(of("ffn_down"), ffn, width, values),
  ];
}

/** qwen2's attention adds a bias; zeroes keep the model's behaviour that of llama's. */
function biases(shape: TinyShape, layer: number, headWidth: number): GgufTensor[] {
  const of = (name: string, length: number): GgufTensor => ({
    name: `blk.${layer}.${name}.bias`,
    shape: [length],
    values: new Float32Array(length),
  });
  const kv = headWidth * shape.kvHeads;
  return [of("attn_q", headWidth * shape.heads), of("attn_k", kv), of("attn_v", kv)];
}

/**
 * Rows of zeroes but for the readable tokens: with 27 random rows the largest logit is above zero, so one of them wins.
 */
function output(width: number, tokens: number, readableIds: readonly number[], values: SeededValues): GgufTensor {
  const rows = new Float32Array(width * tokens);
  for (const id of readableIds) rows.set(values.spread(width, 1), id * width);
  return { name: "output.weight", shape: [width, tokens], values: rows };
}

function matrix(name: string, inputs: number, outputs: number, values: SeededValues): GgufTensor {
  return { name, shape: [inputs, outputs], values: values.spread(inputs * outputs, Math.sqrt(3 / inputs)) };
}

function ones(name: string, length: number): GgufTensor {
  return { name, shape: [length], values: new Float32Array(length).fill(1) };
}
