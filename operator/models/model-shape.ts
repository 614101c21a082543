/**
 * What of a model decides how much memory it takes: layers, widths, heads, vocabulary. Read from a GGUF header, or from
 * what a host says in `/api/show` (`model_info`): both name the facts alike. Every number is checked for range, because
 * both come from strangers and the estimate multiplies them.
 */
import type { GgufHeader, Tensor } from "./gguf.ts";
import { ModelError } from "./model-error.ts";
import { fileTypeName, tensorBytes } from "./tensor-type.ts";

export interface ModelShape {
  /** `llama`, `qwen3`, … */
  architecture: string;
  /** `model`, `adapter` (LoRA), `projector` (vision). */
  kind: string;
  blockCount: number;
  embeddingLength: number;
  /** One number for all layers, or one per layer (0: a layer without attention). */
  headCount: number | readonly number[];
  headCountKv: number | readonly number[];
  /** Elements per head; left out where they are `embeddingLength / headCount`. */
  keyLength?: number;
  valueLength?: number;
  feedForwardLength?: number;
  /** Tokens that it was trained for; 0 where it does not say. */
  contextLength: number;
  /** 0 where it does not say. */
  vocabSize: number;
  /** Tokens that the local layers see, where it has such layers. */
  slidingWindow?: number;
  /** `Q4_K_M`, … */
  quantization?: string;
  parameterCount?: number;
  /** Has a pooling type: it makes embeddings and generates nothing. */
  embeddingModel: boolean;
  /** Recurrent layers (Mamba and the like). */
  recurrent?: { convolution: number; state: number; inner: number; groups: number };
  /** Bytes of the weights by place, where the tensor directory was read. */
  weights?: WeightBytes;
}

export interface WeightBytes {
  /** All repeated layers. */
  blocks: number;
  /** The last norm and the projection to the vocabulary (the token embedding again where the two are tied). */
  output: number;
  /** The token embedding and what else the input takes. */
  input: number;
}

/** The largest that a number may be: several times what any published model has. */
const largest = {
  layers: 4096,
  width: 1 << 20,
  heads: 1 << 16,
  context: 2 ** 31,
  vocabulary: 1 << 24,
} as const;

/** Throws `BadGguf` when a number that the size depends on is missing or out of range. */
export function shapeOfGguf({ facts, vocabulary, tensors }: GgufHeader): ModelShape {
  const shape = shapeOfFacts(facts);
  return {
    ...shape,
    vocabSize: vocabulary?.tokens ?? shape.vocabSize,
    parameterCount: shape.parameterCount ?? tensors.reduce((sum, { elements }) => sum + elements, 0),
    weights: weightBytes(tensors),
  };
}

/** From facts by name: a GGUF's own, or a host's `model_info`. */
export function shapeOfFacts(facts: ReadonlyMap<string, unknown>): ModelShape {
  const reader = new FactReader(facts);
  const { architecture } = reader;
  const heads = reader.perLayer("attention.head_count", largest.heads) ?? 1;
  const fileType = reader.number("general.file_type", 1 << 16);
  const quantization = fileType === undefined ? undefined : fileTypeName(fileType);
  return {
    architecture,
    kind: reader.text("general.type") ?? "model",
    blockCount: reader.required("block_count", largest.layers),
    embeddingLength: reader.required("embedding_length", largest.width),
    headCount: heads,
    headCountKv: reader.perLayer("attention.head_count_kv", largest.heads) ?? heads,
    ...present("keyLength", reader.number("attention.key_length", largest.width)),
    ...present("valueLength", reader.number("attention.value_length", largest.width)),
    ...present("feedForwardLength", reader.number("feed_forward_length", largest.width)),
    contextLength: reader.number("context_length", largest.context) ?? 0,
    vocabSize: reader.number("vocab_size", largest.vocabulary) ?? 0,
    ...present("slidingWindow", reader.number("attention.sliding_window", largest.context)),
    ...present("quantization", quantization),
    ...present("parameterCount", reader.number("general.parameter_count", Number.MAX_SAFE_INTEGER)),
    embeddingModel: facts.has(`${architecture}.pooling_type`),
    ...present("recurrent", recurrent(reader)),
  };
}

function recurrent(reader: FactReader): ModelShape["recurrent"] {
  const state = reader.number("ssm.state_size", largest.width);
  const inner = reader.number("ssm.inner_size", largest.width);
  if (!state || !inner) return undefined;
  const convolution = reader.number("ssm.conv_kernel", largest.heads) ?? 0;
  return { convolution, state, inner, groups: reader.number("ssm.group_count", largest.heads) ?? 0 };
}

function weightBytes(tensors: readonly Tensor[]): WeightBytes {
  const sums = { blocks: 0, output: 0, input: 0 };
  const tied = !tensors.some(({ name }) => name === "output.weight");
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor.type, tensor.elements) ?? 0;
    if (tensor.name.startsWith("blk.")) sums.blocks += bytes;
    else if (tensor.name.startsWith("output")) sums.output += bytes;
    else sums.input += bytes;
    if (tied && tensor.name === "token_embd.weight") sums.output += bytes;
  }
  return sums;
}

/** `{}` for `undefined`: an optional field is left out, not set to nothing. */
function present<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]: V });
}

class FactReader {
  readonly architecture: string;
  readonly #facts: ReadonlyMap<string, unknown>;

  constructor(facts: ReadonlyMap<string, unknown>) {
    this.#facts = facts;
    const architecture = facts.get("general.architecture");
    if (typeof architecture !== "string" || !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(architecture)) {
      throw new ModelError("BadGguf", "the file does not say which architecture the model has (general.architecture)");
    }
    this.architecture = architecture;
  }

  /** `undefined` when absent; throws when it is no whole number between 0 and `max`. */
  number(name: string, max: number): number | undefined {
    const value = this.#value(name);
    return typeof value === "number" ? this.#inRange(name, value, max) : undefined;
  }

  required(name: string, max: number): number {
    const value = this.number(name, max);
    if (value) return value;
    throw new ModelError("BadGguf", `the file does not say its ${this.architecture}.${name}`);
  }

  perLayer(name: string, max: number): number | readonly number[] | undefined {
    const value = this.#value(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > largest.layers) return this.number(name, max);
    return value.map((each) => this.#inRange(name, typeof each === "number" ? each : Number.NaN, max));
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === "string" && /^[a-z]{1,32}$/.test(value) ? value : undefined;
  }

  #value(name: string): unknown {
    return this.#facts.get(name.startsWith("general.") ? name : `${this.architecture}.${name}`);
  }

  #inRange(name: string, value: number, max: number): number {
    if (Number.isInteger(value) && value >= 0 && value <= max) return value;
    throw new ModelError("BadGguf", `the file says ${this.architecture}.${name} is ${value}; 0 to ${max} is possible`);
  }
}
