/** The operator's own port: `/healthz` (the process answers), `/readyz` (its caches hold the cluster), `/metrics`. Nothing can be changed through it. */
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import type { Registry } from "prom-client";

export interface ServerOptions {
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
  readonly registry: Registry;
  /** What is not ready yet, in words; empty when all is. */
  readonly waitsFor: () => readonly string[];
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

const connectionTimeoutMs = 10_000;
const bodyBytesMax = 1_024;

export async function startServer({ address, port, registry, waitsFor }: ServerOptions): Promise<RunningServer> {
  const app = fastify({ bodyLimit: bodyBytesMax, connectionTimeout: connectionTimeoutMs, forceCloseConnections: true });
  app.get("/healthz", (_, reply) => reply.type("text/plain").send("ok\n"));
  app.get("/readyz", (_, reply) => {
    const missing = waitsFor();
    if (missing.length === 0) return reply.type("text/plain").send("ok\n");
    return reply
      .code(503)
      .type("text/plain")
      .send(`waits for ${missing.join(", ")}\n`);
  });
  app.get("/metrics", async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  await app.listen({ host: address, port });
  const bound = app.server.address() as AddressInfo;
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${host}:${bound.port}`, close: () => app.close() };
}
