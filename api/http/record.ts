/** When a request is over, however it ended: one log line and the metrics. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { printable } from "../../operator/text/printable.ts";
import type { Facts, Outcome } from "../exchange/facts.ts";
import type { Gateway } from "../exchange/gateway.ts";
import { protocolOf } from "./dialect.ts";

/** The first hook: whatever follows, the request is recorded at the end of its connection or its answer. */
export function recordHook(gateway: Gateway) {
  return function beginRecord(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const config = request.routeOptions.config;
    const facts: Facts = {
      requestId: request.id,
      protocol: (config?.protocol ?? protocolOf(request.url)).name,
      route: request.is404 ? "unknown" : (request.routeOptions.url ?? "unknown"),
      arrivedMs: gateway.clock.now(),
      attempts: 0,
      bytes: 0,
    };
    request.facts = facts;
    reply.raw.once("close", () => {
      finishRecord(gateway, facts, reply.raw.statusCode, reply.raw.writableFinished, config?.quiet === true);
    });
    done();
  };
}

function finishRecord(gateway: Gateway, facts: Facts, status: number, finished: boolean, quiet: boolean): void {
  const durationMs = gateway.clock.now() - facts.arrivedMs;
  const outcome = facts.outcome ?? (finished ? outcomeOf(status) : "cancelled");
  countRequest(gateway, { ...facts, outcome }, durationMs);
  if (quiet && outcome === "ok") return;
  const { arrivedMs: _, deployment, ...rest } = facts;
  const named = deployment === undefined ? {} : { deployment: printable(deployment, 320) };
  gateway.logger.info({ ...rest, ...named, outcome, status, durationMs }, "request");
}

function outcomeOf(status: number): Outcome {
  if (status < 400) return "ok";
  return status < 500 ? "refused" : "failed";
}

function countRequest({ metrics }: Gateway, facts: Facts & { outcome: Outcome }, durationMs: number): void {
  const { protocol, route, outcome, code, deployment, host } = facts;
  metrics.count("requests", { protocol, route, outcome });
  if (code !== undefined) metrics.count("refusals", { code });
  if (outcome === "cancelled" && facts.phase) metrics.count("cancels", { phase: facts.phase });
  if (outcome === "broken" && host !== undefined) {
    metrics.count("hostErrors", { host, reason: code === "stream_stalled" ? "stalled" : "broken" });
  }
  if (deployment === undefined) return;
  metrics.observe("durationSeconds", { route }, durationMs / 1000);
  if (facts.queuedMs !== undefined) metrics.observe("queueSeconds", {}, facts.queuedMs / 1000);
  if (facts.firstByteMs !== undefined) metrics.observe("firstByteSeconds", { route }, facts.firstByteMs / 1000);
  countTokens(metrics, deployment, facts);
}

function countTokens(metrics: Gateway["metrics"], deployment: string, { usage, frames }: Facts): void {
  if (usage?.promptTokens !== undefined) metrics.count("tokens", { deployment, kind: "prompt" }, usage.promptTokens);
  if (usage?.generatedTokens !== undefined) {
    metrics.count("tokens", { deployment, kind: "generated" }, usage.generatedTokens);
  } else if (frames !== undefined && frames > 0) {
    metrics.count("tokens", { deployment, kind: "counted" }, frames);
  }
}
