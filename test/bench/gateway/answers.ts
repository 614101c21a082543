/** Ollama's `/v1/chat/completions`, as v0.24 words it, in one piece and as server-sent events. */

export interface Asked {
  readonly model: string;
  readonly id: number;
  readonly atS: number;
}

const sentence = "The first one did, by about forty years: two letters and the register of the town name it. ".repeat(
  4,
);

export function wholeAnswer({ model, id, atS }: Asked): string {
  return JSON.stringify({
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created: atS,
    model,
    system_fingerprint: "fp_ollama",
    choices: [{ index: 0, message: { role: "assistant", content: sentence.trim() }, finish_reason: "stop" }],
    usage: { prompt_tokens: 211, completion_tokens: 84, total_tokens: 295 },
  });
}

/** One token's event; its text is the time at which it was written. */
export function tokenEvent(asked: Asked, writtenUs: number): string {
  return event(asked, { role: "assistant", content: `${writtenUs} ` }, null);
}

export function lastEvents(asked: Asked): string {
  return `${event(asked, { role: "assistant", content: "" }, "stop")}data: [DONE]\n\n`;
}

/** The times written into the events of a piece of a stream. */
export function writtenTimesUs(text: string): number[] {
  return [...text.matchAll(/"content":"(\d{6,}) ?"/g)].map((match) => Number(match[1]));
}

function event({ model, id, atS }: Asked, delta: object, finish: string | null): string {
  const body = {
    id: `chatcmpl-${id}`,
    object: "chat.completion.chunk",
    created: atS,
    model,
    system_fingerprint: "fp_ollama",
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}
