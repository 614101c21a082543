/**
 * One HTTP exchange with a host, bounded from the first packet to the last. What fails on the way becomes an `EngineError`;
 * what a bound or the caller ended rejects with that reason. Nothing here knows which engine answers.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { CallTimer } from "./call-timer.ts";
import { hostUrl } from "./dispatcher.ts";
import type { HostEndpoint } from "./engine.ts";
import { EngineError } from "./error.ts";
import { transportFailure } from "./transport-failure.ts";

export interface Question {
  readonly method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Below the endpoint's path: `/api/tags`. */
  readonly path: string;
  readonly json?: unknown;
  /** A body of exactly `size` bytes instead of `json`. */
  readonly upload?: { readonly bytes: AsyncIterable<Uint8Array>; readonly size: number };
  readonly timer: CallTimer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

const userAgent = "commonhold";

export class Transport {
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #bearer: string | undefined;
  readonly #closing = new AbortController();

  constructor(endpoint: HostEndpoint, dispatcher: Dispatcher) {
    const url = hostUrl(endpoint);
    this.#dispatcher = dispatcher;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, "");
    this.#bearer = endpoint.bearer;
  }

  /** Resolves with the head of the answer, whatever its status. */
  async ask(question: Question): Promise<Answer> {
    const { timer } = question;
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
    timer.signal.throwIfAborted();
    try {
      const answer = await this.#dispatcher.request({
        origin: this.#origin,
        path: this.#prefix + question.path,
        method: question.method,
        headers: this.#headers(question),
        body: question.upload ? (question.upload.bytes as Readable) : payload(question.json),
        signal: timer.signal,
      });
      // Whoever destroys a body unread must not bring the process down by the error that this emits.
      answer.body.on("error", () => undefined);
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      throw this.failure(error, timer.signal);
    }
  }

  /** Reads a whole body of at most `bytesMax` bytes as UTF-8. */
  async text(answer: Answer, bytesMax: number, timer: CallTimer): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of answer.body) {
        timer.heard();
        length += chunk.length;
        if (length > bytesMax) throw new EngineError("BadResponse", `the host answered more than ${bytesMax} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.failure(error, timer.signal);
    } finally {
      answer.body.destroy();
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** What to throw for an error met while asking or reading: the reason of a bound or abort, else a typed error. */
  failure(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (this.#closing.signal.aborted) return this.#closing.signal.reason;
    return transportFailure(error);
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new EngineError("Unreachable", "the connection to the host was closed by us"));
    await this.#dispatcher.destroy();
  }

  #headers(question: Question): Record<string, string> {
    const headers: Record<string, string> = { "user-agent": userAgent, accept: "application/json" };
    if (this.#bearer !== undefined) headers["authorization"] = `Bearer ${this.#bearer}`;
    if (question.json !== undefined) headers["content-type"] = "application/json";
    if (question.upload) {
      headers["content-type"] = "application/octet-stream";
      headers["content-length"] = String(question.upload.size);
    }
    return headers;
  }
}

function payload(json: unknown): string | null {
  return json === undefined ? null : JSON.stringify(json);
}
