/**
 * The service's own port: `/healthz` (the process answers), `/readyz` (its log is open and it has passed once, or another one leads),
 * `/metrics`, `/checkpoint` (the log's latest, for anybody), and the notices that wake it. Nothing can be decided through it.
 */
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import type { Registry } from "prom-client";
import type { Clock } from "../../operator/clock/clock.ts";
import { githubWebhooks } from "../webhooks/github-webhooks.ts";
import type { WebhookOutcome } from "../webhooks/outcome.ts";

export interface ServerOptions {
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
  readonly registry: Registry;
  readonly clock: Clock;
  /** What is not ready yet, in words; empty when all is. */
  readonly waitsFor: () => readonly string[];
  readonly checkpoint: () => string | undefined;
  readonly wake: () => void;
  readonly count: (outcome: WebhookOutcome) => void;
  /** Left out: GitHub's notices are not taken. */
  readonly webhookSecrets?: readonly [string] | readonly [string, string];
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

const connectionTimeoutMs = 10_000;
const bodyBytesMax = 1_024;
/** Anybody who reaches the port may say that something was pushed; more often than this it does not wake. */
export const pushNoticeEveryMs = 1_000;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { registry, waitsFor, checkpoint, wake, clock, count, webhookSecrets } = options;
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
  app.get("/checkpoint", (_, reply) => {
    const note = checkpoint();
    if (note === undefined) return reply.code(503).type("text/plain").send("the log is not open yet\n");
    return reply.type("text/plain; charset=utf-8").send(note);
  });
  const notices = pushNotices(wake, clock);
  app.post("/webhooks/push", notices.answer);
  app.addHook("onClose", async () => notices.end());
  if (webhookSecrets) await app.register(githubWebhooks({ secrets: webhookSecrets, wake, count }));
  await app.listen({ host: options.address, port: options.port });
  const bound = app.server.address() as AddressInfo;
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${host}:${bound.port}`, close: () => app.close() };
}

interface PushNotices {
  answer(request: unknown, reply: { code(status: number): { send(body: string): unknown } }): unknown;
  /** Leaves no timer. */
  end(): void;
}

/**
 * For a git server's post-receive hook: `curl -X POST …/webhooks/push`. It says nothing that could be believed, so nobody has to sign
 * it. Notices that come too soon wake together once, when their time has come: the last push of several is looked at too.
 */
function pushNotices(wake: () => void, clock: Clock): PushNotices {
  let wokenAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  const wakeNow = (): void => {
    [wokenAt, cancel] = [clock.now(), undefined];
    wake();
  };
  return {
    answer(_, reply) {
      const waitMs = wokenAt + pushNoticeEveryMs - clock.now();
      if (waitMs <= 0) wakeNow();
      else cancel ??= clock.after(waitMs, wakeNow);
      return reply.code(202).send("");
    },
    end: () => cancel?.(),
  };
}
