import { describe, expect, test } from "vitest";
import { type GgufValue, u32, u64 } from "../../test/models/gguf-writer.ts";
import { type TinyShape, tinyGguf } from "../../test/models/tiny-gguf.ts";
import { tinyLora } from "../../test/models/tiny-lora.ts";
import { parseGguf } from "./gguf.ts";
import { refuseHazards } from "./gguf-hazards.ts";

type Keys = NonNullable<TinyShape["keys"]>;

const look = (bytes: Buffer): void => refuseHazards(parseGguf(bytes)!);
const lookAt = (keys: Keys): void => look(tinyGguf({ keys }));

/** An array of `length` elements whose bytes are all zero. */
const zeroes = (type: number, length: number, bytesEach: number): GgufValue => ({
  raw: Buffer.concat([u32(9), u32(type), u64(length), Buffer.alloc(length * bytesEach)]),
});
const f32s = (length: number): GgufValue => zeroes(6, length, 4);

const pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "a", "b"];
const sentencePiece: Keys = {
  "tokenizer.ggml.model": { string: "llama" },
  "tokenizer.ggml.tokens": { strings: pieces },
  "tokenizer.ggml.token_type": { i32s: pieces.map(() => 1) },
  "tokenizer.ggml.scores": f32s(pieces.length),
};

describe("a header passes", () => {
  test.each([
    ["of each architecture of the tests", () => look(tinyGguf({ architecture: "qwen3" }))],
    ["of an adapter, which has no layers", () => look(tinyLora())],
    [
      "of a later part of a split model, which has none of the facts",
      () => lookAt({ "general.architecture": undefined }),
    ],
    ["with heads per layer, none in some", () => lookAt({ "llama.attention.head_count_kv": { u32s: [0] } })],
    ["of recurrent layers, without heads", () => look(recurrent())],
    ["with a SentencePiece tokenizer", () => lookAt(sentencePiece)],
    ["with unsigned token types", () => lookAt({ "tokenizer.ggml.token_type": zeroes(4, 258, 4) })],
    ["without merges", () => lookAt({ "tokenizer.ggml.merges": undefined })],
  ])("%s", (_, looking) => {
    expect(looking).not.toThrow();
  });

  function recurrent(): Buffer {
    const keys = { "general.architecture": { string: "mamba" }, "mamba.block_count": { u32: 1 } };
    return tinyGguf({ keys: { ...keys, "mamba.attention.head_count": { u32: 0 } } });
  }
});

describe("a header that ended a real Ollama 0.24.0 is refused:", () => {
  test.each<[string, Keys, string]>([
    ["no layers", { "llama.block_count": { u32: 0 } }, "does not say its llama.block_count"],
    ["layers that nobody counted", { "llama.block_count": undefined }, "does not say its llama.block_count"],
    ["layers as a u64, which it takes for none", { "llama.block_count": { u64: 1n } }, "as a u32"],
    ["layers as an i32, which it takes for none", { "llama.block_count": { i32: 1 } }, "as a u32"],
    ["heads of no layer", { "llama.attention.head_count": { u32s: [] } }, "attention.head_count lists heads"],
    ["heads of too many layers", { "llama.attention.head_count": zeroes(4, 1025, 4) }, "more than 1024"],
    ["KV heads of no layer", { "llama.attention.head_count_kv": { u32s: [] } }, "attention.head_count_kv lists"],
    ["KV heads of too many layers", { "llama.attention.head_count_kv": zeroes(5, 1025, 4) }, "more than 1024"],
    ["no heads", { "llama.attention.head_count": { u32: 0 } }, "does not say its llama.attention.head_count"],
    ["heads that nobody counted", { "llama.attention.head_count": undefined }, "llama.attention.head_count"],
    ["no tokens", { "tokenizer.ggml.tokens": undefined }, "no list of tokens"],
    ["an empty list of tokens", { "tokenizer.ggml.tokens": { strings: [] } }, "no list of tokens"],
    ["tokens that are numbers", { "tokenizer.ggml.tokens": { i32s: [1, 2] } }, "no list of tokens"],
    ["tokens that are one text", { "tokenizer.ggml.tokens": { string: "x" } }, "no list of tokens"],
    ["a token that comes twice", { "tokenizer.ggml.tokens": { strings: ["a", "b", "a"] } }, "stands there twice"],
    ["merges that are numbers", { "tokenizer.ggml.merges": { i32s: [1] } }, "merges is no list of string"],
    [
      "a character map that is a text",
      { "tokenizer.ggml.precompiled_charsmap": { string: "x" } },
      "no list of i8 or u8",
    ],
    ["scores that are a text", { "tokenizer.ggml.scores": { string: "x" } }, "scores is no list of f32"],
    [
      "fewer scores than tokens, read beyond their end",
      { "tokenizer.ggml.scores": f32s(1) },
      "1 entries for 258 tokens",
    ],
    ["fewer token types than tokens", { "tokenizer.ggml.token_type": { i32s: [1] } }, "1 entries for 258 tokens"],
    ["token types that are texts", { "tokenizer.ggml.token_type": { strings: ["x"] } }, "no list of i32 or u32"],
    [
      "SentencePiece without scores",
      { ...sentencePiece, "tokenizer.ggml.scores": undefined },
      "lacks tokenizer.ggml.scores",
    ],
    [
      "SentencePiece without types",
      { ...sentencePiece, "tokenizer.ggml.token_type": undefined },
      "lacks tokenizer.ggml.token_type",
    ],
    [
      "SentencePiece without a new line",
      { "tokenizer.ggml.model": { string: "llama" }, "tokenizer.ggml.scores": f32s(258) },
      "no token for a new line",
    ],
    ["SentencePiece of four pieces", few(4), "fewer than 5 tokens"],
    ["SentencePiece by its architecture, without scores", gemma3n(), "lacks tokenizer.ggml.scores"],
  ])("%s", (_, keys, words) => {
    expect(() => lookAt(keys)).toThrow(words);
  });

  function few(length: number): Keys {
    const tokens = pieces.slice(0, length);
    return {
      ...sentencePiece,
      "tokenizer.ggml.tokens": { strings: tokens },
      "tokenizer.ggml.token_type": { i32s: tokens.map(() => 1) },
      "tokenizer.ggml.scores": f32s(length),
    };
  }

  function gemma3n(): Keys {
    return {
      "general.architecture": { string: "gemma3n" },
      "gemma3n.block_count": { u32: 1 },
      "gemma3n.attention.head_count": { u32: 4 },
    };
  }
});

test("control characters in a key do not reach the message", () => {
  expect(() => lookAt({ "general.architecture": { string: "\u001b[31m" } })).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/[\p{Cc}]/u) }),
  );
});
