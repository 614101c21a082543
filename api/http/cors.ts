/**
 * Pages in a browser may ask only where their origin was named (COMMONHOLD_CORS_ORIGINS); none is by default. Credentials are never
 * allowed: a key is sent by the page itself in a header, not by the browser.
 */
import type { FastifyInstance } from "fastify";

const preflightSeconds = 600;

export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  app.addHook("onRequest", async function markOrigin(request, reply) {
    const origin = request.headers.origin;
    reply.header("vary", "origin");
    if (origin === undefined || !(allowed.has(origin) || allowed.has("*"))) return;
    reply.header("access-control-allow-origin", origin);
    reply.header("access-control-expose-headers", "x-request-id, retry-after");
  });
  app.options("/*", async function answerPreflight(_request, reply) {
    reply.header("access-control-allow-methods", "GET, POST, HEAD, OPTIONS");
    reply.header("access-control-allow-headers", "authorization, content-type, x-api-key, x-request-id");
    reply.header("access-control-max-age", String(preflightSeconds));
    return reply.code(204).send();
  });
}
