/**
 * Which of its two runners Ollama 0.24 takes for an architecture: llama.cpp, or its own engine. They lay out memory
 * differently and report it differently in `/api/ps`: for llama.cpp Ollama reports its own estimate (fs/ggml/ggml.go,
 * `GraphSize`; llm/server.go, `llamaServer.Load`), and that same estimate decides whether a model is taken to fit; for
 * its own engine it reports what was really allocated.
 */
import type { ModelShape } from "./model-shape.ts";

export type Runner = "llama.cpp" | "ollama";

/** fs/ggml/ggml.go of v0.24.0, `OllamaEngineRequired`. */
const ownEngine: ReadonlySet<string> = new Set([
  "bert",
  "deepseek2",
  "deepseekocr",
  "gemma3",
  "gemma3n",
  "gemma4",
  "gptoss",
  "gpt-oss",
  "laguna",
  "llama4",
  "mistral3",
  "mllama",
  "nemotron_h",
  "nemotron_h_moe",
  "nemotron_h_omni",
  "nomic-bert",
  "olmo3",
  "qwen25vl",
  "qwen3",
  "qwen3moe",
  "qwen35",
  "qwen35moe",
  "qwen3next",
  "qwen3vl",
  "qwen3vlmoe",
  "glm4moelite",
  "glmocr",
  "lfm2",
  "lfm2moe",
]);

export function runnerOf(shape: ModelShape): Runner {
  return ownEngine.has(shape.architecture) ? "ollama" : "llama.cpp";
}

/**
 * server/sched.go of v0.24.0: these, and models that only embed, answer one request at a time whatever the server is
 * told.
 */
const neverParallel: ReadonlySet<string> = new Set([
  "mllama",
  "qwen3vl",
  "qwen3vlmoe",
  "qwen35",
  "qwen35moe",
  "qwen3next",
  "lfm2",
  "lfm2moe",
  "nemotron_h",
  "nemotron_h_moe",
  "nemotron_h_omni",
]);

/** What a model is really loaded with when a server with `parallel` is asked for `context` tokens. */
export function loadedWith(shape: ModelShape, asked: { context: number; parallel: number }): Loaded {
  const alone = shape.embeddingModel || neverParallel.has(shape.architecture);
  const context = shape.contextLength > 0 ? Math.min(asked.context, shape.contextLength) : asked.context;
  const parallel = alone ? 1 : Math.max(1, asked.parallel);
  const batch = shape.embeddingModel ? context : Math.min(batchTokensMax, context);
  return { context, parallel, batch };
}

export interface Loaded {
  /** Tokens per sequence: no more than the model was trained for. */
  readonly context: number;
  /** Sequences at a time. */
  readonly parallel: number;
  /** Prompt tokens that are computed at once. */
  readonly batch: number;
}

const batchTokensMax = 512;
