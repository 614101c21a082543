/** Registers a protocol's routes for tokens and vectors. Everything behind them is `exchange/`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { exchange } from "../exchange/exchange.ts";
import type { Gateway } from "../exchange/gateway.ts";
import type { InferenceRoute } from "../protocols/protocol.ts";
import { bodyBytes } from "./body.ts";
import { principalOf } from "./state.ts";

export function inferenceRoutes(app: FastifyInstance, gateway: Gateway, routes: readonly InferenceRoute[]): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      config: { protocol: route.protocol, scope: route.scope, limited: true },
      handler: answerWith(gateway, route),
    });
  }
}

function answerWith(gateway: Gateway, route: InferenceRoute) {
  return async function answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const active = gateway.active.begin(reply.raw);
    try {
      await exchange(gateway, {
        route,
        body: bodyBytes(request),
        principal: principalOf(request),
        active,
        facts: request.facts,
        response: reply.raw,
        headers: headersOf(reply),
        takeOver: () => void reply.hijack(),
      });
    } finally {
      active.end();
    }
  };
}

/** Those that the hooks have set: they go out with a response that is written to directly, too. */
function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
}
