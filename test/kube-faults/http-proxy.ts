/**
 * An HTTP proxy before the real API server that answers some requests itself, wrongly, late, or only in part. It speaks
 * plain HTTP to the client and HTTPS to the server, so that it can cut an answer in the middle of a line.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { Socket } from "node:net";
import { systemClock } from "../../operator/clock/system.ts";

export interface SeenRequest {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
}

/** What happens to a request that a fault takes. */
export type Act =
  /** Answered by the proxy; the server never sees it. */
  | { respond: number; headers?: Record<string, string>; body?: unknown }
  /** Never answered. */
  | { hang: true }
  /** The connection is reset before an answer. */
  | { reset: true }
  /** Passed on after a while. */
  | { delayMs: number }
  /** The answer's first bytes, then the connection is reset. */
  | { cutAfterBytes: number }
  /** Answered 200 with these pieces of body, which are then left without an end. */
  | { pieces: string[] };

export interface Fault {
  match: (request: SeenRequest) => boolean;
  act: Act;
  /** How many requests it takes; default 1. */
  times?: number;
}

export interface HttpFaultProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** All requests so far, also those that a fault took. */
  readonly seen: readonly SeenRequest[];
  /** How many of them a fault took. */
  readonly struck: number;
  /** How many faults wait for a request to take. */
  readonly waiting: number;
  /** Client connections open now. */
  readonly open: number;
  /** Client connections accepted since the start. */
  readonly accepted: number;
  /** Earlier faults come first. Gives back how to take it away. */
  inject(fault: Fault): () => void;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

export async function startHttpFaultProxy(server: { url: string; authority: string }): Promise<HttpFaultProxy> {
  const agent = new Agent({ ca: server.authority, keepAlive: true });
  const faults: { fault: Fault; left: number }[] = [];
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  let struck = 0;

  const take = (incoming: SeenRequest): Act | undefined => {
    const entry = faults.find(({ fault, left }) => left > 0 && fault.match(incoming));
    if (entry) {
      entry.left--;
      struck++;
    }
    return entry?.fault.act;
  };
  const listener = createServer((incoming, answer) => {
    const asked = seenOf(incoming);
    seen.push(asked);
    void handle(take(asked), incoming, answer, { agent, url: server.url });
  });
  listener.on("connection", (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  const url = await listen(listener);
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url,
    seen,
    get struck() {
      return struck;
    },
    get waiting() {
      return faults.filter(({ left }) => left > 0).length;
    },
    get open() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    inject(fault) {
      const entry = { fault, left: fault.times ?? 1 };
      faults.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    cut,
    async close() {
      cut();
      agent.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

interface Upstream {
  agent: Agent;
  url: string;
}

async function handle(
  act: Act | undefined,
  incoming: IncomingMessage,
  answer: ServerResponse,
  to: Upstream,
): Promise<void> {
  if (!act) return forward(incoming, answer, to);
  if ("hang" in act) return void incoming.resume();
  if ("reset" in act) return void incoming.socket.resetAndDestroy();
  if ("delayMs" in act) {
    await systemClock.sleep(act.delayMs);
    return forward(incoming, answer, to);
  }
  if ("cutAfterBytes" in act) return forward(incoming, answer, to, act.cutAfterBytes);
  incoming.resume();
  if ("pieces" in act) {
    answer.writeHead(200, { "content-type": "application/json" });
    for (const piece of act.pieces) answer.write(piece);
    return;
  }
  const body = typeof act.body === "string" ? act.body : JSON.stringify(act.body ?? statusBody(act.respond));
  answer.writeHead(act.respond, { "content-type": "application/json", ...act.headers }).end(body);
}

function forward(incoming: IncomingMessage, answer: ServerResponse, { agent, url }: Upstream, bytesMax?: number): void {
  const { method, headers } = incoming;
  const { host: _, ...passed } = headers;
  const call = request(`${url}${incoming.url}`, { method, headers: passed, agent }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    answer.flushHeaders();
    let left = bytesMax ?? Number.POSITIVE_INFINITY;
    response.on("data", (bytes: Buffer) => {
      answer.write(bytes.subarray(0, Math.max(0, left)), () => {
        if (left <= 0) incoming.socket.resetAndDestroy();
      });
      left -= bytes.byteLength;
    });
    response.on("end", () => answer.end());
    response.on("error", () => incoming.socket.resetAndDestroy());
  });
  call.on("error", () => incoming.socket.resetAndDestroy());
  answer.on("close", () => call.destroy());
  incoming.pipe(call);
}

function seenOf(incoming: IncomingMessage): SeenRequest {
  const url = new URL(incoming.url ?? "/", "http://proxy");
  return { method: incoming.method ?? "", path: url.pathname, query: url.searchParams, headers: incoming.headers };
}

function statusBody(code: number): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message: `the fault proxy says ${code}`,
    reason: "Injected",
    code,
  };
}

async function listen(listener: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  return `http://127.0.0.1:${address.port}`;
}
