/**
 * Stopping without dropping anybody: no new connections, no new requests on old ones, streams under way end in their own time within
 * a bound. Who is left then gets an error event instead of a torn answer.
 */
import type { FastifyInstance } from "fastify";
import { gatewayError } from "../errors.ts";
import type { Gateway } from "../exchange/gateway.ts";

/** For the last error events to leave the machine. */
const farewellMs = 1_000;

export async function drain(app: FastifyInstance, gateway: Gateway): Promise<void> {
  const { active, clock, settings, logger } = gateway;
  app.server.close();
  app.server.closeIdleConnections();
  logger.info({ underWay: active.size, drainTimeoutMs: settings.drainTimeoutMs }, "stopping");
  await within(clock, settings.drainTimeoutMs, active.idle());
  if (active.size > 0) {
    logger.warn({ underWay: active.size }, "requests are cut off");
    active.abortAll(gatewayError("gateway_stopping", {}, { retryAfterS: 1 }));
    await within(clock, farewellMs, active.idle());
  }
  app.server.closeAllConnections();
  await app.close();
}

async function within(clock: Gateway["clock"], ms: number, done: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const bound = clock.sleep(ms, stop.signal).catch(() => undefined);
  await Promise.race([done, bound]);
  stop.abort();
}
