/**
 * A proxy before a real OCI registry that lets it fail in every way that a network and a registry can, and moves tags.
 * It only needs the address of the registry; both clients (the operator's and Ollama's own) are served alike.
 *
 * Ollama takes a layer from wherever the answer's `Location` says, and refuses an answer without one, also a 200
 * (ollama v0.24 server/download.go). Its own registry always redirects; here a `Location: #` says "from here".
 */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { spoiling } from "./body.ts";
import { type Act, type Fault, Faults, type RegistryRequest } from "./faults.ts";

export interface RegistryProxy {
  /** `127.0.0.1:PORT`, the host of a reference: `127.0.0.1:PORT/library/tiny:latest`. Pull with `insecure`. */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Every request since the start or since `forget`, in order. */
  readonly requests: readonly RegistryRequest[];
  forget(): void;
  /** Those whose answer is on its way, in order. */
  running(): RegistryRequest[];
  /** The latest fault that matches a request acts on it. Returns what lifts it. */
  lay(fault: Fault): () => void;
  /** Lifts all faults. */
  heal(): void;
  /**
   * From now on `repository:tag` (`library/tiny:latest`) is what `toTag` of the same repository is; `undefined` moves
   * it back.
   */
  moveTag(repository: string, tag: string, toTag: string | undefined): void;
  close(): Promise<void>;
}

/** `upstream`: the registry's address, `http://127.0.0.1:5000`. */
export async function startRegistryProxy(upstream: string): Promise<RegistryProxy> {
  const faults = new Faults();
  const requests: RegistryRequest[] = [];
  const running = new Set<RegistryRequest>();
  const moved = new Map<string, string>();
  const server = createServer((incoming, answer) => {
    const request = describe(incoming);
    requests.push(request);
    running.add(request);
    answer.on("close", () => running.delete(request));
    answer.on("error", () => {});
    void serve({ upstream, incoming, answer, path: movedPath(request, moved) }, faults.take(request)).catch(() =>
      answer.destroy(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    origin: `http://127.0.0.1:${port}`,
    requests,
    forget: () => void requests.splice(0),
    running: () => [...running],
    lay: (fault) => faults.lay(fault),
    heal: () => faults.liftAll(),
    moveTag(repository, tag, toTag) {
      const path = `/v2/${repository}/manifests/`;
      if (toTag === undefined) moved.delete(path + tag);
      else moved.set(path + tag, path + toTag);
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  upstream: string;
  incoming: IncomingMessage;
  answer: ServerResponse;
  /** With the query; where the registry is asked. */
  path: string;
}

async function serve(exchange: Exchange, act: Act | undefined): Promise<void> {
  const { incoming, answer } = exchange;
  if (act?.kind === "hang") return;
  if (act?.kind === "reset") return void answer.destroy();
  if (act?.kind === "answer") {
    incoming.resume();
    answer.writeHead(act.status, act.headers).end(act.body);
    return;
  }
  if (act?.kind === "delay") await sleep(act.ms);
  passOn(exchange, act);
}

function passOn(exchange: Exchange, act: Act | undefined): void {
  const { upstream, incoming, answer, path } = exchange;
  const headers = { ...incoming.headers };
  if (act?.kind === "ignore-range") delete headers.range;
  const onward = send(new URL(path, upstream), { method: incoming.method ?? "GET", headers }, (response) => {
    const blob = incoming.method === "GET" && path.includes("/blobs/sha256:");
    const location = blob && !response.headers.location ? { location: "#" } : {};
    answer.writeHead(response.statusCode ?? 502, { ...response.headers, ...location });
    pipeline(response, spoiling(act, response, answer), answer, () => {});
  });
  onward.on("error", () => answer.destroy());
  answer.on("close", () => onward.destroy());
  pipeline(incoming, onward, () => {});
}

function describe(incoming: IncomingMessage): RegistryRequest {
  const url = new URL(incoming.url ?? "/", "http://proxy");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    range: incoming.headers.range,
    headers: incoming.headers,
  };
}

function movedPath(request: RegistryRequest, moved: ReadonlyMap<string, string>): string {
  const query = request.query.size > 0 ? `?${request.query}` : "";
  return (moved.get(request.path) ?? request.path) + query;
}
