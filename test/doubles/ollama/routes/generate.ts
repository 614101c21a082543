/** `/api/generate` and `/api/chat`, and what `/v1` makes of them. */
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import { findModel, type GenerationRequest, requireCompletion, generate as run, withRunner } from "../generation.ts";
import { keepAliveMs } from "../go-values.ts";
import { Refused } from "../refused.ts";
import { ollamaWire, type Wire } from "../wire.ts";

export async function generate(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const prompt = String(body["prompt"] ?? "");
  await answer(double, exchange, { body, prompt, kind: "generate" });
}

export async function chat(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  if (!body["model"]) throw new Refused(400, "model is required");
  await answer(double, exchange, { body, prompt: promptOf(body["messages"]), kind: "chat" });
}

export interface Asked {
  readonly body: Readonly<Record<string, unknown>>;
  /** Empty loads or unloads the model. */
  readonly prompt: string;
  readonly kind: "generate" | "chat";
  /** Another protocol's form of the answer. */
  readonly wire?: Wire;
}

export async function answer(double: OllamaDouble, exchange: Exchange, asked: Asked): Promise<void> {
  const { body, kind, prompt } = asked;
  const { clock } = double.settings;
  const began = clock.now();
  const model = String(body["model"] ?? "");
  // Read while the body is: before the model is looked for.
  const keepAlive = keepAliveMs(body["keep_alive"]);
  const stored = findModel(double, model);
  const wire = asked.wire ?? ollamaWire(kind, model, () => new Date(clock.now()).toISOString());
  if (prompt === "" && keepAlive === 0) {
    double.memory.expire(stored);
    return exchange.json(200, withoutTokens(model, clock.now(), kind, "unload"));
  }
  requireCompletion(stored, model, kind);
  const request: GenerationRequest = {
    model,
    prompt,
    options: (body["options"] as Record<string, unknown> | undefined) ?? {},
    keepAliveMs: keepAlive,
    signal: exchange.signal,
  };
  await withRunner(double, stored, request, async (runner) => {
    if (prompt === "") return exchange.json(200, withoutTokens(model, clock.now(), kind, "load"));
    const times = { at: began, loadedAt: clock.now() };
    if (body["stream"] === false) return whole();
    const stats = await run(double, runner, request, times, (token) =>
      exchange.piece(wire.piece(token), wire.contentType),
    );
    await exchange.piece(wire.last(stats), wire.contentType);
    await exchange.end();

    async function whole(): Promise<void> {
      let text = "";
      const stats = await run(double, runner, request, times, async (token) => {
        text += token;
      });
      await exchange.json(200, wire.whole(text, stats));
    }
  });
}

function withoutTokens(model: string, now: number, kind: "generate" | "chat", reason: string): object {
  const part = kind === "chat" ? { message: { role: "assistant", content: "" } } : { response: "" };
  return { model, created_at: new Date(now).toISOString(), ...part, done: true, done_reason: reason };
}

export function promptOf(messages: unknown): string {
  if (!Array.isArray(messages)) return "";
  return messages.map((message: { content?: unknown }) => contentOf(message.content)).join("\n");
}

function contentOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => String(part.text ?? "")).join("");
}
