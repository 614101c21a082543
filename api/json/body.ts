/** A request's body as JSON: bytes → text → object, once. Throws the coded error that says what is wrong and where. */
import { gatewayError } from "../errors.ts";
import { hasMoreValues } from "./edit.ts";
import { locateJsonFault } from "./locate.ts";

export interface JsonBody {
  /** What was sent; `edit.ts` changes single members of it. */
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** An empty object takes two bytes of a body and some 80 of memory: 32 MiB of them would be a gigabyte. A long context as numbers has far fewer. */
export const valuesMax = 500_000;

export function readJsonBody(bytes: Uint8Array): JsonBody {
  const text = decoded(bytes);
  if (hasMoreValues(text, valuesMax)) throw gatewayError("body_too_intricate", { valuesMax });
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { text, value: value as Record<string, unknown> };
  }
  throw gatewayError("invalid_field", { path: "The body", problem: `must be a JSON object, not ${kindOf(value)}` });
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw gatewayError("body_not_utf8", {}, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The reader's own message quotes the text, which may be a prompt: it is not kept as a cause.
    const { problem, line, column } = locateJsonFault(text);
    throw gatewayError("bad_json", { problem: text.trim() === "" ? "it is empty" : problem, line, column });
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
