/**
 * How ggml packs numbers: a tensor type stores a block of elements in so many bytes. Numbers and layouts:
 * https://github.com/ggml-org/ggml/blob/master/include/ggml.h (`enum ggml_type`) and src/ggml-common.h (`block_*`).
 */

interface Packing {
  elements: number;
  bytes: number;
}

const packings: Readonly<Record<number, Packing>> = {
  0: { elements: 1, bytes: 4 }, // F32
  1: { elements: 1, bytes: 2 }, // F16
  2: { elements: 32, bytes: 18 }, // Q4_0
  3: { elements: 32, bytes: 20 }, // Q4_1
  4: { elements: 32, bytes: 17 }, // MXFP4 as older Ollama numbers it
  6: { elements: 32, bytes: 22 }, // Q5_0
  7: { elements: 32, bytes: 24 }, // Q5_1
  8: { elements: 32, bytes: 34 }, // Q8_0
  9: { elements: 32, bytes: 36 }, // Q8_1
  10: { elements: 256, bytes: 84 }, // Q2_K
  11: { elements: 256, bytes: 110 }, // Q3_K
  12: { elements: 256, bytes: 144 }, // Q4_K
  13: { elements: 256, bytes: 176 }, // Q5_K
  14: { elements: 256, bytes: 210 }, // Q6_K
  15: { elements: 256, bytes: 292 }, // Q8_K
  16: { elements: 256, bytes: 66 }, // IQ2_XXS
  17: { elements: 256, bytes: 74 }, // IQ2_XS
  18: { elements: 256, bytes: 98 }, // IQ3_XXS
  19: { elements: 256, bytes: 50 }, // IQ1_S
  20: { elements: 32, bytes: 18 }, // IQ4_NL
  21: { elements: 256, bytes: 110 }, // IQ3_S
  22: { elements: 256, bytes: 82 }, // IQ2_S
  23: { elements: 256, bytes: 136 }, // IQ4_XS
  24: { elements: 1, bytes: 1 }, // I8
  25: { elements: 1, bytes: 2 }, // I16
  26: { elements: 1, bytes: 4 }, // I32
  27: { elements: 1, bytes: 8 }, // I64
  28: { elements: 1, bytes: 8 }, // F64
  29: { elements: 256, bytes: 56 }, // IQ1_M
  30: { elements: 1, bytes: 2 }, // BF16
  34: { elements: 256, bytes: 54 }, // TQ1_0
  35: { elements: 256, bytes: 66 }, // TQ2_0
  39: { elements: 32, bytes: 17 }, // MXFP4
};

/** Bytes that `elements` numbers of a type take, or `undefined` for a type that is newer than this table. */
export function tensorBytes(type: number, elements: number): number | undefined {
  const packing = packings[type];
  return packing && Math.ceil((elements * packing.bytes) / packing.elements);
}

/**
 * `general.file_type` → how people call the quantization.
 * https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h (`enum llama_ftype`)
 */
const fileTypes: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K_S",
  12: "Q3_K_M",
  13: "Q3_K_L",
  14: "Q4_K_S",
  15: "Q4_K_M",
  16: "Q5_K_S",
  17: "Q5_K_M",
  18: "Q6_K",
  19: "IQ2_XXS",
  20: "IQ2_XS",
  21: "Q2_K_S",
  22: "IQ3_XS",
  23: "IQ3_XXS",
  24: "IQ1_S",
  25: "IQ4_NL",
  26: "IQ3_S",
  27: "IQ3_M",
  28: "IQ2_S",
  29: "IQ2_M",
  30: "IQ4_XS",
  31: "IQ1_M",
  32: "BF16",
  36: "TQ1_0",
  37: "TQ2_0",
  38: "MXFP4",
};

export function fileTypeName(fileType: number): string | undefined {
  return fileTypes[fileType];
}
