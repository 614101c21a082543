/** The Fastify application: hooks in their order, then the routes of each protocol. Nothing here reads the environment or the clock. */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Gateway } from "./exchange/gateway.ts";
import { accessHook } from "./http/access.ts";
import { acceptBytes } from "./http/body.ts";
import { answerMalformed, headerBytesMax } from "./http/client-error.ts";
import { allowOrigins } from "./http/cors.ts";
import { ollamaSide } from "./http/ollama.ts";
import { openaiSide } from "./http/openai.ts";
import { operationRoutes } from "./http/operations.ts";
import { recordHook } from "./http/record.ts";
import { errorHandler, notFoundHandler } from "./http/refuse.ts";
import { requestIdHeader, requestIdOf } from "./http/request-id.ts";

/** How often Node looks for requests that arrive too slowly, at least. */
const slowRequestCheckMs = 1_000;
/** Path of `/v1/models/<namespace>/<name>`. */
const paramCharsMax = 512;

/** `stopping`: new requests are refused while those under way end. */
export function buildServer(gateway: Gateway, stopping: () => boolean): FastifyInstance {
  const { settings } = gateway;
  const app: FastifyInstance = Fastify({
    loggerInstance: gateway.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.bodyBytesMax,
    requestTimeout: settings.requestTimeoutMs,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: paramCharsMax, ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    genReqId: (request) => requestIdOf(request, gateway.newRequestId),
    clientErrorHandler: answerMalformed,
    http: {
      maxHeaderSize: headerBytesMax,
      headersTimeout: settings.headersTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(slowRequestCheckMs, settings.headersTimeoutMs),
    },
  });
  app.server.maxConnections = settings.connectionsMax;
  app.decorateRequest("facts");
  app.decorateRequest("principal");
  app.addHook("onRequest", recordHook(gateway));
  app.addHook("onRequest", async (request, reply) => void reply.header(requestIdHeader, request.id));
  allowOrigins(app, settings.corsOrigins);
  app.addHook("onRequest", accessHook(gateway, stopping));
  acceptBytes(app, settings);
  app.setErrorHandler(errorHandler(gateway));
  app.setNotFoundHandler(notFoundHandler);
  openaiSide(app, gateway);
  ollamaSide(app, gateway);
  operationRoutes(app, gateway, stopping);
  return app;
}
