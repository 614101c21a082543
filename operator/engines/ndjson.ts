/**
 * Newline-delimited JSON from a host that is not trusted: each line has a bound, and what is no JSON object is an error and
 * never silence (the `ollama` package prints such a line to the console and goes on).
 */
import { EngineError } from "./error.ts";

/** Bytes of one line. Ollama's longest is the last line of a generation, which carries the context's tokens. */
export const lineBytesMax = 4 * 1024 * 1024;

/** Yields one object per line; empty lines are skipped, the last line needs no newline. */
export async function* ndjson(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number = lineBytesMax,
): AsyncGenerator<Record<string, unknown>> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      parts.push(chunk.subarray(from, at));
      if (length + at - from > bytesMax) throw tooLong(bytesMax);
      const line = parsed(parts);
      if (line) yield line;
      parts = [];
      length = 0;
      from = at + 1;
    }
    if (from === chunk.length) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > bytesMax) throw tooLong(bytesMax);
  }
  const last = parsed(parts);
  if (last) yield last;
}

const newline = 0x0a;

function parsed(parts: readonly Uint8Array[]): Record<string, unknown> | undefined {
  const text = Buffer.concat(parts).toString("utf8").trim();
  if (text === "") return undefined;
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
