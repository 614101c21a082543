/**
 * Shapes of models that people know, as their GGUF headers give them, each with where that can be read. The sizes of their files follow from
 * the shapes (`q4-k-m.ts`); where a size was published, a test compares.
 */
import type { ModelShape } from "../../../operator/models/model-shape.ts";

export interface KnownModel {
  readonly name: string;
  readonly shape: Omit<ModelShape, "kind" | "embeddingModel" | "weights">;
  /** The token embedding is the projection to the vocabulary too. */
  readonly isTied?: boolean;
  /** Of the file, in 10^9 bytes, as published. */
  readonly publishedGb?: number;
  /** Where its own format is not Q4_K_M: bytes of the embedding and of the projection each. */
  readonly ownFormat?: { readonly embeddingBytes: number };
  readonly sources: readonly string[];
}

const qwen3 = {
  architecture: "qwen3",
  headCountKv: 8,
  keyLength: 128,
  valueLength: 128,
  contextLength: 40_960,
  vocabSize: 151_936,
};
const llama3 = { architecture: "llama", headCountKv: 8, contextLength: 131_072, vocabSize: 128_256 };

export const knownModels: readonly KnownModel[] = [
  {
    name: "SmolLM2 135M",
    shape: {
      ...{ architecture: "llama", blockCount: 30, embeddingLength: 576, headCount: 9, headCountKv: 3 },
      ...{ feedForwardLength: 1_536, contextLength: 8_192, vocabSize: 49_152 },
    },
    isTied: true,
    publishedGb: 0.105,
    sources: [
      "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct/blob/main/config.json",
      // The first SmolLM has the same shape.
      "https://huggingface.co/mradermacher/SmolLM-135M-GGUF/tree/main",
    ],
  },
  {
    name: "Qwen3 4B",
    shape: { ...qwen3, blockCount: 36, embeddingLength: 2_560, headCount: 32, feedForwardLength: 9_728 },
    isTied: true,
    sources: ["https://huggingface.co/Qwen/Qwen3-4B/blob/main/config.json"],
  },
  {
    name: "Qwen3 8B",
    shape: { ...qwen3, blockCount: 36, embeddingLength: 4_096, headCount: 32, feedForwardLength: 12_288 },
    sources: ["https://ollama.com/dengcao/Qwen3-8B:Q5_K_M/blobs/068bae163faa"],
  },
  {
    name: "Llama 3.1 8B",
    shape: { ...llama3, blockCount: 32, embeddingLength: 4_096, headCount: 32, feedForwardLength: 14_336 },
    publishedGb: 4.92,
    sources: [
      "https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json",
      "https://huggingface.co/bartowski/Meta-Llama-3.1-8B-Instruct-GGUF/tree/main",
    ],
  },
  {
    name: "gpt-oss 20B (MXFP4)",
    shape: {
      ...{ architecture: "gptoss", blockCount: 24, embeddingLength: 2_880, headCount: 64, headCountKv: 8 },
      ...{ keyLength: 64, valueLength: 64, feedForwardLength: 2_880, slidingWindow: 128 },
      ...{ contextLength: 131_072, vocabSize: 201_088 },
    },
    // 12.8 GiB, with embedding and projection in BF16.
    publishedGb: 13.744,
    ownFormat: { embeddingBytes: 201_088 * 2_880 * 2 },
    sources: [
      "https://docs.nvidia.com/nemo/megatron-bridge/nightly/models/llm/gpt-oss.html",
      "https://arxiv.org/abs/2508.10925",
    ],
  },
  {
    name: "Qwen3 32B",
    shape: { ...qwen3, blockCount: 64, embeddingLength: 5_120, headCount: 64, feedForwardLength: 25_600 },
    publishedGb: 19.8,
    sources: [
      "https://ollama.com/mychen76/qwen3_cline_roocode:32b-128K/blobs/7045298cf073",
      "https://huggingface.co/ggml-org/Qwen3-32B-GGUF",
    ],
  },
  {
    name: "Llama 3.3 70B",
    shape: { ...llama3, blockCount: 80, embeddingLength: 8_192, headCount: 64, feedForwardLength: 28_672 },
    publishedGb: 42.5,
    sources: [
      // Llama 3 70B, of the same shape but for its context.
      "https://ollama.com/library/llama3:70b-instruct-q4_K_M/blobs/9c5602db4bb6",
      "https://huggingface.co/bartowski/Llama-3.3-70B-Instruct-GGUF/tree/main",
    ],
  },
];
