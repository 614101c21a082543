/**
 * The smallest vocabulary that a byte-level BPE tokenizer takes: one token per byte, in the alphabet that GPT-2 uses to
 * write bytes as printable characters, plus a beginning and an end. One merge is there because llama.cpp refuses none.
 */
export interface ByteVocabulary {
  tokens: readonly string[];
  /** llama.cpp's token types: 1 normal, 3 control. */
  types: readonly number[];
  merges: readonly string[];
  bosId: number;
  eosId: number;
  /** Ids of the tokens that are a letter or a space: a tiny model is made to answer with these only. */
  readableIds: readonly number[];
}

/** `size`: more tokens than the 258, as control tokens that nothing says; for the size of a vocabulary, not its use. */
export function byteVocabulary(size = 258): ByteVocabulary {
  const tokens = bytesAsCharacters();
  const unused = Array.from({ length: size - 258 }, (_, i) => `<|unused-${i}|>`);
  const readableIds = [..."abcdefghijklmnopqrstuvwxyz "].map((letter) => letter.charCodeAt(0));
  return {
    tokens: [...tokens, "<|begin|>", "<|end|>", ...unused],
    types: [...tokens.map(() => 1), 3, 3, ...unused.map(() => 3)],
    merges: ["Ġ Ġ"],
    bosId: 256,
    eosId: 257,
    readableIds,
  };
}

/** Byte → character: printable ones stand for themselves, the rest are moved to U+0100 and up. */
function bytesAsCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let moved = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : moved++));
}
