import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createUsageReader, type Usage } from "./usage.ts";

function read(text: string, size = 64): Usage {
  const reader = createUsageReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.read();
}

describe("tokens are read from", () => {
  const cases: Record<string, { text: string; is: [number | undefined, number | undefined] }> = {
    "the last line of Ollama's stream": {
      text: '{"response":"a","done":false}\n{"done":true,"prompt_eval_count":26,"eval_count":298}\n',
      is: [26, 298],
    },
    "the usage of OpenAI's answer": {
      text: '{"choices":[],"usage":{"prompt_tokens": 9,"completion_tokens":12,"total_tokens":21}}',
      is: [9, 12],
    },
    "the usage event of OpenAI's stream": {
      text: 'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
      is: [1, 2],
    },
    "vectors, which have no generated tokens": {
      text: '{"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}',
      is: [8, undefined],
    },
    "an answer that reports none": { text: '{"response":"a"}', is: [undefined, undefined] },
    nothing: { text: "", is: [undefined, undefined] },
    "no number of absurd length": { text: `{"eval_count":${"9".repeat(30)}}`, is: [undefined, undefined] },
  };
  for (const [words, { text, is }] of Object.entries(cases)) {
    test(words, () => expect(read(text)).toEqual({ promptTokens: is[0], generatedTokens: is[1] }));
  }

  test("an answer of megabytes, of which only the end is kept", () => {
    expect(read(`{"data":"${"x".repeat(3_000_000)}","eval_count":7}`, 16_384).generatedTokens).toBe(7);
  });

  test("what the host reports, never from what the model wrote", () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        const content = JSON.stringify(`${noise}"eval_count":99,"prompt_eval_count":99,\\"eval_count":98`);
        return read(`{"response":${content},"done":true}`).generatedTokens === undefined;
      }),
    );
  });
});
