/**
 * Process: the mock upstream. It computes nothing, so that what is measured is what lies before it, and writes every token on its own
 * and on time, as an engine does: events that came together would be cheaper to forward than they ever are.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serveParent } from "../processes/serve.ts";
import { type Asked, lastEvents, tokenEvent, wholeAnswer } from "./answers.ts";
import { type Script, scriptIn, sharedClockUs } from "./script.ts";

export interface Left {
  readonly id: string;
  /** `sharedClockUs` at which the connection was gone. */
  readonly atUs: number;
}

const left: Left[] = [];
let begun = 0;
const server = createServer(serve);
// Nobody's idle connection is closed under a request that is just being sent.
server.keepAliveTimeout = 120_000;
server.requestTimeout = 0;

serveParent({
  /** Resolves to the port. 0 takes a free one. */
  listen: ({ port }: { port: number }) =>
    new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    }),
  /** Clients that left early since this was last asked. */
  left: () => left.splice(0),
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    if (request.method !== "POST") response.writeHead(404).end();
    else answer(JSON.parse(Buffer.concat(parts).toString("utf8")) as Body, response);
  });
}

interface Body {
  model: string;
  stream?: boolean;
  messages?: { content: unknown }[];
}

function answer({ model, stream, messages }: Body, response: ServerResponse): void {
  const script = scriptIn(messages?.at(-1)?.content);
  const asked = { model, id: ++begun, atS: Math.floor(Date.now() / 1000) };
  const begin = (): void => {
    if (stream) streamTokens(asked, script, response);
    else answerWhole(asked, response);
  };
  const held = script.holdMs > 0 ? setTimeout(begin, script.holdMs) : undefined;
  if (!held) begin();
  response.once("close", () => {
    clearTimeout(held);
    if (!response.writableFinished && script.id !== "") left.push({ id: script.id, atUs: sharedClockUs() });
  });
}

function answerWhole(asked: Asked, response: ServerResponse): void {
  const body = wholeAnswer(asked);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function streamTokens(asked: Asked, script: Script, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const write = (): void => {
    response.write(tokenEvent(asked, sharedClockUs()));
    if (++sent < script.chunks) return;
    clearInterval(timer);
    response.end(lastEvents(asked));
  };
  const timer = setInterval(write, script.everyMs);
  response.once("close", () => clearInterval(timer));
}
