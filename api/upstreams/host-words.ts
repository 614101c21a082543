/** What a host says about its refusal: the sentence in its error's body, bounded, with its own name for the model taken out. */
import type { Question } from "./ask.ts";

const bodyBytesMax = 16 * 1024;

export async function hostWords(
  body: AsyncIterable<Uint8Array>,
  { asked, served }: Pick<Question, "asked" | "served">,
): Promise<string> {
  const text = await bounded(body);
  return sentenceIn(text).replaceAll(served, asked);
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bodyBytesMax).toString("utf8");
}

/** `{"error": "…"}` (Ollama) or `{"error": {"message": "…"}}` (OpenAI); anything else is no sentence for a client. */
function sentenceIn(text: string): string {
  const error = parsed(text)?.["error"];
  if (typeof error === "string") return error;
  const message = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : undefined;
  return typeof message === "string" ? message : "";
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // a host's error need not be JSON; its status says enough
  }
}
