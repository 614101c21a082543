/** What a registry's refusal means for the condition `Resolved`: its code, a sentence, and whether waiting helps. */
import { ModelError } from "../models/model-error.ts";
import { printable } from "../text/printable.ts";

const wordsCharsMax = 1000;

export function describeResolutionError(error: unknown): {
  code: string;
  message: string;
  terminal: boolean;
  retryAfterMs?: number;
} {
  const message = printable(error instanceof Error ? error.message : String(error), wordsCharsMax);
  if (!(error instanceof ModelError)) return { code: "Failed", message, terminal: false };
  const { code, kind, retryAfterMs } = error;
  return { code, message, terminal: kind === "terminal", ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
