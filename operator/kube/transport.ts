/**
 * One call to the API server: credentials, connection, time limit, body, and an error with a type when it is refused.
 *
 * Retried here is only what is safe to send again: a call that the server refused unread with `Retry-After` (429, 5xx),
 * and a read whose connection broke. Everything else is the caller's decision.
 */

import type { Dispatcher } from "undici";
import type { Clock } from "../clock/clock.ts";
import { readBody } from "./body.ts";
import { type CredentialSource, credentialSource } from "./credentials.ts";
import { withDeadline } from "./deadline.ts";
import { isConnectionFailure, isUnauthorized, KubeError } from "./errors.ts";
import { checkFence, type Fence, fencedDispatcher } from "./fence.ts";
import type { KubeConfig } from "./plain-kubeconfig.ts";
import { connectionPool, type Pool } from "./pool.ts";
import { errorOfRefusal, retryAfterMs } from "./status-body.ts";

export interface TransportOptions {
  clock: Clock;
  /** Sent as `User-Agent`; the API server's audit log and metrics show it. */
  userAgent?: string;
  /** Limit of one attempt from its start to the last byte of its answer; default 30 s. */
  requestTimeoutMs?: number;
  /** How long one call may wait in all because the server said `Retry-After`; default 20 s. */
  retryAfterTotalMs?: number;
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface KubeRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Query | undefined;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Overrides `requestTimeoutMs`. */
  timeoutMs?: number | undefined;
  fence?: Fence | undefined;
}

/** A streamed answer. Aborting the request's signal ends `body` with the signal's reason and closes its connection. */
export interface KubeStream {
  body: AsyncIterable<Uint8Array>;
}

export interface Transport {
  readonly clock: Clock;
  /** Sends, retries within bounds and gives the parsed JSON body. */
  request(request: KubeRequest): Promise<unknown>;
  /** One attempt; the time limit ends once the answer's headers are there. The signal is needed to end the stream. */
  stream(request: KubeRequest & { signal: AbortSignal }): Promise<KubeStream>;
  /** Cuts every connection; later calls fail with reason "ClientClosed". */
  close(): Promise<void>;
}

const attemptsMax = 6;
const bodyBytesMax = 128 * 1024 * 1024;
const refusalBytesMax = 1024 * 1024;

export function createTransport(config: KubeConfig, options: TransportOptions): Transport {
  const wire: Wire = {
    clock: options.clock,
    server: serverOf(config),
    userAgent: options.userAgent ?? "commonhold",
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    credentials: credentialSource(config, options.clock),
    pool: connectionPool(config),
  };
  const retryAfterTotalMs = options.retryAfterTotalMs ?? 20_000;
  return {
    clock: options.clock,
    request: (request) => withRetries(wire, retryAfterTotalMs, request),
    stream: (request) => openStream(wire, request),
    close: () => wire.pool.destroy(),
  };
}

interface Wire {
  clock: Clock;
  server: URL;
  userAgent: string;
  requestTimeoutMs: number;
  credentials: CredentialSource;
  pool: Pool;
}

function serverOf(config: KubeConfig): URL {
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const context = config.getCurrentContext();
    throw badConfig(`the kubeconfig's current context ${JSON.stringify(context ?? null)} names no cluster`);
  }
  const of = `the server of cluster ${JSON.stringify(cluster.name)} in the kubeconfig`;
  if (!URL.canParse(cluster.server)) throw badConfig(`${of} is no URL`);
  const server = new URL(cluster.server);
  if (server.protocol === "http:" && !cluster.skipTLSVerify) {
    throw badConfig(`${of} is plain http; if that is meant, say insecure-skip-tls-verify: true`);
  }
  return server;
}

function badConfig(words: string): KubeError {
  return new KubeError(words, { reason: "BadKubeConfig" });
}

async function withRetries(wire: Wire, waitLeftMs: number, request: KubeRequest): Promise<unknown> {
  for (let attempt = 1, left = waitLeftMs; ; attempt++) {
    try {
      return await sendOnce(wire, request);
    } catch (error) {
      if (request.signal?.aborted || attempt >= attemptsMax) throw error;
      const waitMs = retryDelayMs(request, error, attempt);
      if (waitMs === undefined || waitMs > left) throw error;
      left -= waitMs;
      await wire.clock.sleep(waitMs, request.signal);
    }
  }
}

/** Undefined: do not send again. A broken read is sent again once, at once: a kept connection may just have been closed. */
function retryDelayMs(request: KubeRequest, error: unknown, attempt: number): number | undefined {
  if (!(error instanceof KubeError)) return undefined;
  if (error.retryAfterMs !== undefined && error.status !== undefined) return error.retryAfterMs;
  const broken = isConnectionFailure(error) && error.reason === "ConnectionFailed";
  return broken && request.method === "GET" && attempt === 1 ? 0 : undefined;
}

async function sendOnce(wire: Wire, request: KubeRequest): Promise<unknown> {
  return withDeadline(deadlineOf(wire, request), async (signal) => {
    const answer = await dispatch(wire, request, signal);
    const text = await readBody(answer.body, bodyBytesMax, whatOf(request)).catch((error: unknown) => {
      throw connectionError(request, error, signal);
    });
    return parseJson(text, request);
  });
}

async function openStream(wire: Wire, request: KubeRequest & { signal: AbortSignal }): Promise<KubeStream> {
  // The deadline's own signal ends with it; the stream must follow the caller's for as long as it is read.
  const abort = new AbortController();
  const follow = (): void => abort.abort(request.signal.reason);
  request.signal.addEventListener("abort", follow, { once: true });
  const release = (): void => request.signal.removeEventListener("abort", follow);
  try {
    const answer = await withDeadline(deadlineOf(wire, request), (signal) => {
      signal.addEventListener("abort", () => abort.abort(signal.reason), { once: true });
      return dispatch(wire, request, abort.signal);
    });
    return { body: chunksOf(answer.body, request, release) };
  } catch (error) {
    release();
    throw error;
  }
}

async function* chunksOf(
  body: AsyncIterable<Uint8Array>,
  request: KubeRequest & { signal: AbortSignal },
  release: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw connectionError(request, error, request.signal);
  } finally {
    release();
  }
}

function deadlineOf(wire: Wire, request: KubeRequest): Parameters<typeof withDeadline>[0] {
  const timeoutMs = request.timeoutMs ?? wire.requestTimeoutMs;
  return {
    clock: wire.clock,
    timeoutMs,
    signal: request.signal,
    onTimeout: () => new KubeError(`${whatOf(request)}: no answer within ${timeoutMs} ms`, { reason: "Timeout" }),
  };
}

/** Sends and gives back an answer of status 2xx; throws the refusal otherwise. */
async function dispatch(wire: Wire, request: KubeRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const credentials = await wire.credentials.current();
  signal.throwIfAborted();
  if (request.fence) checkFence(request.fence);
  const pooled = wire.pool.dispatcher(credentials.tls);
  const dispatcher = request.fence ? fencedDispatcher(pooled, request.fence) : pooled;
  const answer = await dispatcher
    .request({
      origin: wire.server.origin,
      path: targetOf(wire.server, request),
      method: request.method,
      headers: headersOf(wire, request, credentials.headers),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    })
    .catch((error: unknown) => {
      throw connectionError(request, error, signal);
    });
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
  const refusal = await refusalOf(wire, request, answer);
  if (isUnauthorized(refusal)) wire.credentials.invalidate();
  throw refusal;
}

function targetOf(server: URL, request: KubeRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.size === 0 ? "" : `?${query}`;
  return `${server.pathname.replace(/\/+$/, "")}${request.path}${text}`;
}

function headersOf(wire: Wire, request: KubeRequest, credentials: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = { ...credentials, accept: "application/json", "user-agent": wire.userAgent };
  if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
  return headers;
}

async function refusalOf(wire: Wire, request: KubeRequest, answer: Dispatcher.ResponseData): Promise<KubeError> {
  let body: unknown;
  try {
    body = JSON.parse(await readBody(answer.body, refusalBytesMax, whatOf(request)));
  } catch {
    body = undefined; // not from the API server, or cut: the HTTP status still says what happened
  }
  const waitMs = retryAfterMs(answer.headers["retry-after"], wire.clock.now());
  return errorOfRefusal({ what: whatOf(request), status: answer.statusCode, body, retryAfterMs: waitMs });
}

/** The parser's own error quotes the body, which may hold secrets; so it is not kept as a cause. */
function parseJson(text: string, request: KubeRequest): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KubeError(`${whatOf(request)}: the answer is not JSON (${text.length} characters)`, {
      reason: "BrokenAnswer",
    });
  }
}

function connectionError(request: KubeRequest, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof KubeError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const words = typeof code === "string" ? code : error instanceof Error ? error.message : String(error);
  return new KubeError(`${whatOf(request)}: the connection failed (${words})`, {
    reason: "ConnectionFailed",
    cause: error,
  });
}

function whatOf(request: KubeRequest): string {
  return `${request.method} ${request.path}`;
}
