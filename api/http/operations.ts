/** For those who run the gateway: is it alive, is it ready, what does it count. */
import type { FastifyInstance } from "fastify";
import type { Gateway } from "../exchange/gateway.ts";
import type { Settings } from "../settings.ts";

export function operationRoutes(app: FastifyInstance, gateway: Gateway, stopping: () => boolean): void {
  const quiet = { quiet: true };
  app.get("/healthz", { config: quiet }, async () => ({ status: "ok" }));
  app.get("/readyz", { config: quiet }, async (_request, reply) => {
    const readiness = readinessOf(gateway, stopping());
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  const readers = metricsReaders(gateway.settings);
  if (readers === "off") return;
  const scope = readers === "maintainers" ? { scope: "maintainers" as const } : {};
  app.get("/metrics", { config: { ...quiet, ...scope } }, async (_request, reply) => {
    reply.type(gateway.metrics.registry.contentType);
    return gateway.metrics.registry.metrics();
  });
}

/** What `auto` means: whoever is on this machine may read them, whoever comes over a network needs a key. */
export function metricsReaders({ metrics, host }: Pick<Settings, "metrics" | "host">): "open" | "maintainers" | "off" {
  if (metrics !== "auto") return metrics;
  return /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host) ? "open" : "maintainers";
}

export interface Readiness {
  readonly ready: boolean;
  /** `cached`: the Kubernetes API is away, and what was known goes on for a while. */
  readonly catalogue: "starting" | "current" | "cached" | "stale";
  readonly secondsSinceHeard?: number;
  readonly stopping: boolean;
}

export function readinessOf({ catalogue, settings }: Gateway, stopping: boolean): Readiness {
  const freshness = catalogue.freshness();
  if (freshness.state !== "cached")
    return { ready: freshness.state === "current" && !stopping, catalogue: freshness.state, stopping };
  const trusted = freshness.sinceMs <= settings.staleAfterMs;
  return {
    ready: trusted && !stopping,
    catalogue: trusted ? "cached" : "stale",
    secondsSinceHeard: Math.floor(freshness.sinceMs / 1000),
    stopping,
  };
}
