/** Every error on its way to a client that has seen no byte yet: Fastify's own become coded ones, and each takes the form of its protocol. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { errorTable, GatewayError, gatewayError } from "../errors.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { protocolOf } from "./dialect.ts";
import { isClientLeft } from "./state.ts";

export function errorHandler(gateway: Gateway) {
  return function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (isClientLeft(error)) {
      request.facts.outcome = "cancelled";
      reply.hijack();
      reply.raw.destroy();
      return;
    }
    const coded = codedError(error, request, gateway);
    request.facts.code = coded.code;
    request.facts.outcome = coded.status < 500 ? "refused" : "failed";
    sendError(reply, request, coded);
  };
}

export function notFoundHandler(request: FastifyRequest): never {
  throw gatewayError("route_not_found", { method: request.method, path: request.url.split("?")[0] ?? "" });
}

function sendError(reply: FastifyReply, request: FastifyRequest, error: GatewayError): void {
  const protocol = request.routeOptions.config?.protocol ?? protocolOf(request.url);
  if (error.retryAfterS !== undefined) reply.header("retry-after", String(error.retryAfterS));
  if (error.status === 401) reply.header("www-authenticate", 'Bearer realm="commonhold"');
  reply.code(error.status).header("cache-control", "no-store").send(protocol.errorBody(error));
}

function codedError(error: unknown, request: FastifyRequest, { settings, logger }: Gateway): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = (error as Partial<FastifyError>).code;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return gatewayError("body_too_large", { bytesMax: settings.bodyBytesMax }, { cause: error });
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return gatewayError("body_incomplete", { expected: request.headers["content-length"] ?? "?" }, { cause: error });
    case "FST_ERR_BAD_URL":
      return gatewayError("malformed_http", { problem: "its path cannot be decoded" }, { cause: error });
    default:
      logger.error({ err: error, requestId: request.id }, errorTable.internal.sentence);
      return gatewayError("internal", { requestId: request.id }, { cause: error });
  }
}
