/** How one generation looks on each of the protocols that Ollama speaks. */
import type { GenerationStats } from "./generation.ts";

export interface Wire {
  readonly contentType: string;
  /** One token of a stream. */
  piece(token: string): string;
  /** The end of a stream. */
  last(stats: GenerationStats): string;
  /** A whole answer instead of a stream. */
  whole(text: string, stats: GenerationStats): unknown;
}

/** `/api/generate` and `/api/chat`: JSON lines. */
export function ollamaWire(kind: "generate" | "chat", model: string, createdAt: () => string): Wire {
  const part = (text: string): object =>
    kind === "chat" ? { message: { role: "assistant", content: text } } : { response: text };
  const head = (text: string): object => ({ model, created_at: createdAt(), ...part(text) });
  const whole = (text: string, stats: GenerationStats): object => ({
    ...head(text),
    done: true,
    done_reason: stats.reason,
    ...(kind === "generate" && { context: Array.from({ length: stats.promptTokens + stats.tokens }, (_, i) => i + 1) }),
    total_duration: nanoseconds(stats.totalMs) + 1,
    load_duration: nanoseconds(stats.loadMs) + 1,
    prompt_eval_count: stats.promptTokens,
    prompt_eval_duration: 1,
    eval_count: stats.tokens,
    eval_duration: 1,
  });
  return {
    contentType: "application/x-ndjson",
    piece: (token) => `${JSON.stringify({ ...head(token), done: false })}\n`,
    last: (stats) => `${JSON.stringify(whole("", stats))}\n`,
    whole,
  };
}

/** `/v1/chat/completions` and `/v1/completions`: server-sent events. */
export function openaiWire(kind: "chat" | "completion", model: string, createdMs: () => number, usage: boolean): Wire {
  const id = kind === "chat" ? "chatcmpl-1" : "cmpl-1";
  const object = kind === "chat" ? "chat.completion" : "text_completion";
  const head = (suffix: string): object => ({
    id,
    object: kind === "chat" ? object + suffix : object,
    created: Math.floor(createdMs() / 1000),
    model,
    system_fingerprint: "fp_ollama",
  });
  const choice = (text: string, reason: string | null): object =>
    kind === "chat"
      ? { index: 0, delta: { role: "assistant", content: text }, finish_reason: reason }
      : { text, index: 0, finish_reason: reason };
  const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (text: string, reason: string | null): string =>
    event({
      ...head(".chunk"),
      choices: [choice(text, reason)],
      ...(usage && kind === "completion" && { usage: zeroUsage }),
    });
  return {
    contentType: "text/event-stream",
    piece: (token) => chunk(token, null),
    last: (stats) =>
      chunk("", stats.reason) +
      (usage ? event({ ...head(".chunk"), choices: [], usage: usageOf(stats) }) : "") +
      "data: [DONE]\n\n",
    whole: (text, stats) => ({
      ...head(""),
      choices: [
        kind === "chat"
          ? { index: 0, message: { role: "assistant", content: text }, finish_reason: stats.reason }
          : { text, index: 0, finish_reason: stats.reason },
      ],
      usage: usageOf(stats),
    }),
  };
}

/** openai.NewError: an error of `/v1`. */
export function openaiError(status: number, message: string): object {
  const types: Readonly<Record<number, string>> = { 400: "invalid_request_error", 404: "not_found_error" };
  return { error: { message, type: types[status] ?? "api_error", param: null, code: null } };
}

const zeroUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

function usageOf(stats: GenerationStats): object {
  const { promptTokens, tokens } = stats;
  return { prompt_tokens: promptTokens, completion_tokens: tokens, total_tokens: promptTokens + tokens };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
