/** Which handler answers which request; the rest is refused as gin does. */
import type { OllamaDouble } from "./double.ts";
import type { Exchange } from "./exchange.ts";
import { create } from "./routes/create.ts";
import { copy, headBlob, postBlob, remove } from "./routes/disk.ts";
import { embed } from "./routes/embed.ts";
import { chat, generate } from "./routes/generate.ts";
import { ps, show, tags, version } from "./routes/lists.ts";
import { chatCompletions, completions, embeddings, model, models } from "./routes/openai.ts";
import { pull } from "./routes/pull.ts";

export type Handler = (double: OllamaDouble, exchange: Exchange) => void | Promise<void>;

const running: Handler = (_, exchange) => exchange.text(200, "Ollama is running");

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/": { GET: running, HEAD: running },
  "/api/version": { GET: version, HEAD: version },
  "/api/tags": { GET: tags, HEAD: tags },
  "/api/ps": { GET: ps },
  "/api/show": { POST: show },
  "/api/pull": { POST: pull },
  "/api/create": { POST: create },
  "/api/copy": { POST: copy },
  "/api/delete": { DELETE: remove },
  "/api/generate": { POST: generate },
  "/api/chat": { POST: chat },
  "/api/embed": { POST: embed },
  "/api/blobs/:digest": { HEAD: headBlob, POST: postBlob },
  "/v1/chat/completions": { POST: chatCompletions },
  "/v1/completions": { POST: completions },
  "/v1/embeddings": { POST: embeddings },
  "/v1/models": { GET: models },
  "/v1/models/:model": { GET: model },
};

export type Route = { readonly handler: Handler } | { readonly status: 404 | 405 };

export function routeFor(method: string, path: string): Route {
  const methods = routes[patternOf(path)];
  if (!methods) return { status: 404 };
  const handler = methods[method];
  return handler ? { handler } : { status: 405 };
}

function patternOf(path: string): string {
  if (/^\/api\/blobs\/[^/]+$/.test(path)) return "/api/blobs/:digest";
  if (/^\/v1\/models\/[^/]+$/.test(path)) return "/v1/models/:model";
  return path;
}
