/**
 * Tokens of an answer, read from its end while it passes: every protocol reports its counts in the last frame or the last members of
 * the object. Only a short tail is kept, and it is read once. A model's own text cannot forge a count: inside a JSON string
 * quotes are escaped, so `"eval_count":` cannot appear there.
 */

export interface Usage {
  readonly promptTokens: number | undefined;
  readonly generatedTokens: number | undefined;
}

export const tailBytes = 4096;

export interface UsageReader {
  push(chunk: Buffer): void;
  read(): Usage;
}

export function createUsageReader(): UsageReader {
  let tail: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      tail.push(chunk);
      bytes += chunk.length;
      if (bytes < 4 * tailBytes) return;
      // A copy: a slice would keep the whole chunk alive.
      const kept = Buffer.from(Buffer.concat(tail).subarray(-tailBytes));
      tail = [kept];
      bytes = kept.length;
    },
    read: () => usageIn(Buffer.concat(tail).subarray(-tailBytes).toString("latin1")),
  };
}

/** Up to nine digits: a host that claims more lies, and a sum of such claims would drown all others. Ollama: `prompt_eval_count`, `eval_count`. OpenAI: `usage.prompt_tokens`, `usage.completion_tokens`. */
function usageIn(text: string): Usage {
  return {
    promptTokens: lastNumber(text, /"(?:prompt_eval_count|prompt_tokens)":\s*(\d{1,9})(?!\d)/g),
    generatedTokens: lastNumber(text, /"(?:eval_count|completion_tokens)":\s*(\d{1,9})(?!\d)/g),
  };
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const last = [...text.matchAll(pattern)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}
