/** Ollama's form of an error: one sentence (https://github.com/ollama/ollama/blob/v0.24.0/docs/api.md). The code goes along for programs. */
import type { GatewayError } from "../../errors.ts";

export function ollamaError(error: GatewayError) {
  return { error: error.message, code: error.code };
}
