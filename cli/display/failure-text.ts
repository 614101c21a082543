import { printable } from "../../operator/text/printable.ts";

const causesMax = 6;

/** The message of an error and of what caused it, each once: a person reads what happened and, below it, why. */
export function failureLines(error: unknown): string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < causesMax; depth++) {
    const message = current instanceof Error ? current.message : String(current);
    const text = message.split("\n").map((line) => printable(line, 500));
    if (!lines.some((line) => line.includes(text[0] ?? "")))
      lines.push(...text.map((line, at) => (depth === 0 || at > 0 ? line : `because: ${line}`)));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}
