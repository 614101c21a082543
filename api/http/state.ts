/** What a request carries through Fastify's hooks. */
import type { FastifyRequest } from "fastify";
import { gatewayError } from "../errors.ts";
import { ClientLeft } from "../exchange/client-left.ts";
import type { Facts } from "../exchange/facts.ts";
import type { Principal, Scope } from "../members/authenticate.ts";
import type { Protocol } from "../protocols/protocol.ts";

declare module "fastify" {
  interface FastifyRequest {
    facts: Facts;
    /** Set by the access hook on routes that need a key. */
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    protocol?: Protocol;
    /** What a key must allow. Without it the route needs no key. */
    scope?: Scope | "maintainers";
    /** Counts against the member's limits. */
    limited?: boolean;
    /** Not worth a log line each: probes come every few seconds. */
    quiet?: boolean;
  }
}

/** The principal that the access hook found; its absence on a route with a scope is our own fault. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal) return request.principal;
  throw gatewayError("internal", { requestId: request.id });
}

export function isClientLeft(error: unknown): boolean {
  return error instanceof ClientLeft;
}
