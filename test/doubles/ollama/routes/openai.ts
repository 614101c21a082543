/** `/v1`: OpenAI's protocol as Ollama speaks it (middleware/openai.go of v0.24.0). */
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import { parseName, shortest } from "../names.ts";
import { notFound, Refused } from "../refused.ts";
import { openaiWire } from "../wire.ts";
import { embeddingsFor } from "./embed.ts";
import { answer, promptOf } from "./generate.ts";

export async function chatCompletions(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0) throw new Refused(400, "[] is too short - 'messages'");
  await complete(double, exchange, body, "chat", promptOf(messages));
}

export async function completions(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  await complete(double, exchange, body, "completion", String(body["prompt"] ?? ""));
}

async function complete(
  double: OllamaDouble,
  exchange: Exchange,
  body: Record<string, unknown>,
  kind: "chat" | "completion",
  prompt: string,
): Promise<void> {
  const usage = (body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
  const wire = openaiWire(kind, String(body["model"] ?? ""), () => double.settings.clock.now(), usage);
  // `/v1` streams only where it is asked to, `/api` wherever it is not forbidden.
  const stream = body["stream"] === true;
  const limit = body["max_tokens"];
  const options = typeof limit === "number" ? { num_predict: limit } : {};
  const asked = { model: body["model"], stream, options };
  await answer(double, exchange, { body: asked, prompt, kind: kind === "chat" ? "chat" : "generate", wire });
}

export async function embeddings(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const input = body["input"] === "" ? [""] : body["input"];
  if (input === undefined || input === null || (Array.isArray(input) && input.length === 0)) {
    throw new Refused(400, "invalid input");
  }
  const { embeddings: vectors, tokens } = await embeddingsFor(double, exchange, { ...body, input });
  const data = vectors.map((embedding, index) => ({ object: "embedding", embedding, index }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  await exchange.json(200, { object: "list", data, model: body["model"], usage });
}

export async function models(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const data = double.disk.list().map(({ name, modifiedAt }) => entry(shortest(name), modifiedAt));
  await exchange.json(200, { object: "list", data: data.length > 0 ? data : null });
}

export async function model(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const asked = decodeURIComponent(exchange.path.slice("/v1/models/".length));
  const stored = double.disk.find(parseName(asked));
  if (!stored) throw notFound(asked);
  await exchange.json(200, entry(asked, stored.modifiedAt));
}

function entry(id: string, modifiedAt: number): object {
  return { id, object: "model", created: Math.floor(modifiedAt / 1000), owned_by: parseName(id).namespace };
}
