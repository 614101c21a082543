/** OpenAI's form of an error: https://platform.openai.com/docs/guides/error-codes */
import type { GatewayError } from "../../errors.ts";

export function openaiError(error: GatewayError) {
  const { message, type, param, code } = error;
  return { error: { message, type, param: param ?? null, code } };
}
