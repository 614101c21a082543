/** Walks over a tokenizer's tokens and keeps what can be wrong with them, not the tokens. */
import { bad, type GgufCursor } from "./gguf-cursor.ts";

export interface Vocabulary {
  readonly tokens: number;
  /** No token stands there twice; empty ones do not count, for llama.cpp names them anew. */
  readonly distinct: boolean;
  /** Has the token that a SentencePiece tokenizer breaks lines with. */
  readonly newline: boolean;
}

export const tokensKey = "tokenizer.ggml.tokens";
/** Four times what the largest published vocabularies have. */
export const tokensMax = 1 << 20;

export function surveyTokens(cursor: GgufCursor, length: number): Vocabulary {
  if (length > tokensMax) throw bad(`it has ${length} tokens, ${tokensMax} are the most`);
  const seen = new Set<string>();
  let empty = 0;
  for (let i = 0; i < length; i++) {
    const bytes = cursor.stringBytes();
    if (bytes.length === 0) empty++;
    else seen.add(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
  }
  return {
    tokens: length,
    distinct: seen.size + empty === length,
    newline: seen.has("<0x0A>") || seen.has("\n"),
  };
}
