/** `/api/embed`: without input it loads the model. */
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import { type GenerationRequest, withRunner } from "../generation.ts";
import { keepAliveMs } from "../go-values.ts";
import { parseName } from "../names.ts";
import { Refused } from "../refused.ts";

export async function embed(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const { embeddings, tokens } = await embeddingsFor(double, exchange, body);
  const model = String(body["model"] ?? "");
  if (embeddings.length === 0) return exchange.json(200, { model, embeddings });
  await exchange.json(200, { model, embeddings, total_duration: 1, load_duration: 1, prompt_eval_count: tokens });
}

export async function embeddingsFor(
  double: OllamaDouble,
  exchange: Exchange,
  body: Readonly<Record<string, unknown>>,
): Promise<{ embeddings: number[][]; tokens: number }> {
  const input = inputs(body["input"]);
  const model = String(body["model"] ?? "");
  const stored = double.disk.find(parseName(model));
  if (!stored) throw new Refused(404, `model ${JSON.stringify(model)} not found, try pulling it first`);
  const request: GenerationRequest = {
    model,
    prompt: input.join("\n"),
    options: (body["options"] as Record<string, unknown> | undefined) ?? {},
    keepAliveMs: keepAliveMs(body["keep_alive"]),
    signal: exchange.signal,
  };
  return await withRunner(double, stored, request, async () => ({
    embeddings: input.map(vector),
    tokens: input.reduce((sum, text) => sum + text.split(/\s+/).length, 0),
  }));
}

function inputs(input: unknown): string[] {
  if (input === undefined || input === null || input === "") return [];
  if (typeof input === "string") return [input];
  if (Array.isArray(input) && input.every((one) => typeof one === "string")) return input;
  throw new Refused(400, "invalid input type");
}

const vectorLength = 8;

/** A unit vector that depends on the text alone. */
function vector(text: string): number[] {
  const raw = Array.from({ length: vectorLength }, (_, i) => 1 + ((text.charCodeAt(i % text.length) * (i + 7)) % 31));
  const norm = Math.hypot(...raw);
  return raw.map((value) => value / norm);
}
