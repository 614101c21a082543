/**
 * Who may come in, decided from the headers alone: before a byte of the body is read. Order: is the gateway able to judge at all,
 * whose key is it, does it reach as far as the route, has its member any requests left.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { gatewayError } from "../errors.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { authenticate, type Principal, scopeRefusal } from "../members/authenticate.ts";
import { presentedCredential } from "../members/credential.ts";

export function accessHook(gateway: Gateway, stopping: () => boolean) {
  return async function checkAccess(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { scope, limited } = request.routeOptions.config;
    if (scope === undefined) return;
    if (stopping()) {
      reply.header("connection", "close");
      throw gatewayError("gateway_stopping", {}, { retryAfterS: 1 });
    }
    refuseUntrusted(gateway);
    const principal = principalOf(gateway, request);
    request.principal = principal;
    request.facts.member = principal.member;
    request.facts.keyId = principal.keyId;
    refuseOutOfScope(principal, scope);
    if (limited) reply.raw.once("close", gateway.memberUse.start(principal));
  };
}

/** Without a catalogue nobody is known; with one that is too old a revoked key would go on for ever. */
export function refuseUntrusted({ catalogue, settings }: Gateway): void {
  const freshness = catalogue.freshness();
  if (freshness.state === "starting") throw gatewayError("catalogue_starting", {}, { retryAfterS: 1 });
  if (freshness.state === "cached" && freshness.sinceMs > settings.staleAfterMs) {
    const minutes = Math.floor(freshness.sinceMs / 60_000);
    throw gatewayError("catalogue_stale", { minutes }, { retryAfterS: 30 });
  }
}

function principalOf({ catalogue, clock }: Gateway, request: FastifyRequest): Principal {
  const credential = presentedCredential({ headers: request.headers, method: request.method, url: request.url });
  const found = authenticate(credential, catalogue.snapshot().keys, clock.now());
  if (found instanceof Error) throw found;
  return found;
}

function refuseOutOfScope(
  principal: Principal,
  scope: NonNullable<FastifyRequest["routeOptions"]["config"]["scope"]>,
): void {
  if (scope === "maintainers") {
    const allowed = principal.roles.some((role) => role === "maintainer" || role === "service");
    if (!allowed) throw gatewayError("role_missing", {});
    return;
  }
  const refusal = scopeRefusal(principal, scope);
  if (refusal) throw refusal;
}
