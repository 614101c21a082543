/** A witness's port: `POST /add-checkpoint` (C2SP tlog-witness), what it signed last, and whether it lives and can write. */
import type { AddressInfo } from "node:net";
import fastify, { type FastifyReply } from "fastify";
import type { Logger } from "pino";
import { noteSignaturesMax } from "../../operator/tlog/note/signed-note.ts";
import type { Witness } from "./witness.ts";

export interface WitnessServerOptions {
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
  readonly witness: Witness;
  readonly logger: Logger;
}

export interface RunningWitnessServer {
  readonly url: string;
  close(): Promise<void>;
}

/** A checkpoint has three lines and at most `noteSignaturesMax` signatures, a proof at most 63 hashes. */
const bodyBytesMax = 4_096 + noteSignaturesMax * 300;
const connectionsMax = 256;
const connectionTimeoutMs = 10_000;
const requestTimeoutMs = 10_000;
/** Requests that may wait for their turn; each costs a write to the disk at most. */
const waitingMax = 64;

export async function startWitnessServer(options: WitnessServerOptions): Promise<RunningWitnessServer> {
  const { address, port, witness, logger } = options;
  /** What the disk said last: the next write that succeeds takes it back. */
  let failure: unknown;
  const app = fastify({
    bodyLimit: bodyBytesMax,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
  });
  app.server.maxConnections = connectionsMax;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
  app.setNotFoundHandler((_, reply) => plain(reply, 404, "there is nothing here: POST /add-checkpoint"));
  app.setErrorHandler((error: { statusCode?: number; message: string }, _, reply) => {
    const status = error.statusCode ?? 500;
    return plain(reply, status, status < 500 ? error.message : "this witness cannot answer now; try again later");
  });
  app.post("/add-checkpoint", async (request, reply) => {
    if (witness.waiting >= waitingMax) return plain(reply.header("retry-after", "1"), 503, "too many requests wait");
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      const answer = await witness.addCheckpoint(body);
      if (answer.status === 200) failure = undefined;
      return reply.code(answer.status).header("content-type", answer.contentType).send(answer.body);
    } catch (err) {
      failure = err;
      logger.error({ err, event: "failed" }, "nothing was signed: the state folder cannot be written");
      throw err;
    }
  });
  app.get<{ Params: { hash: string } }>("/checkpoints/:hash", (request, reply) => {
    const note = witness.latest(request.params.hash);
    if (note === undefined) return plain(reply, 404, "this witness signed no checkpoint of such a log");
    return reply.type("text/plain; charset=utf-8").send(note);
  });
  app.get("/healthz", (_, reply) => plain(reply, 200, "ok"));
  app.get("/readyz", (_, reply) =>
    failure === undefined ? plain(reply, 200, "ok") : plain(reply, 503, "the state folder cannot be written"),
  );
  await app.listen({ host: address, port });
  const bound = app.server.address() as AddressInfo;
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${host}:${bound.port}`, close: () => app.close() };
}

function plain(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(`${text}\n`);
}
