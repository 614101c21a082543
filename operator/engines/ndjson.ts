/**
 * Newline-delimited JSON from a host that is not trusted: each line has a bound, and what is no JSON object is an error and
 * never silence (the `ollama` package prints such a line to the console and goes on).
 */
import { lines } from "../text/lines.ts";
import { EngineError } from "./error.ts";

/** Bytes of one line. Ollama's longest is the last line of a generation, which carries the context's tokens. */
export const lineBytesMax = 4 * 1024 * 1024;

/** Yields one object per line; empty lines are skipped, the last line needs no newline. */
export async function* ndjson(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number = lineBytesMax,
): AsyncGenerator<Record<string, unknown>> {
  for await (const text of lines(body, { bytesMax, tooLong })) {
    if (text.trim() !== "") yield parsed(text);
  }
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EngineError("BadResponse", "the host sent a line that is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new EngineError("BadResponse", "the host sent a line that is not a JSON object");
  }
  return value as Record<string, unknown>;
}

function tooLong(bytesMax: number): EngineError {
  return new EngineError("BadResponse", `the host sent a line of more than ${bytesMax} bytes`);
}
