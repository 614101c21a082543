/** A client on a connection of its own, so that leaving and slowness are its to decide, and bytes are seen as they came. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): Record<string, unknown>;
  /** The connection broke before the answer's end. */
  readonly torn: boolean;
}

export interface Call {
  /** Resolves at the end, torn or not. Rejects when no answer came at all. */
  readonly reply: Promise<Reply>;
  /** Resolves with the first `count` bytes of the body. */
  received(count: number): Promise<Buffer>;
  leave(): void;
  readonly socket: Promise<Socket>;
}

export interface CallOptions {
  readonly method?: string;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Buffer;
}

export function call(url: string, options: CallOptions = {}): Call {
  const agent = new Agent({ keepAlive: false });
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const chunked = options.headers?.["transfer-encoding"] !== undefined;
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(body === undefined || chunked ? {} : { "content-length": Buffer.byteLength(body) }),
    ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
    ...options.headers,
  };
  const method = options.method ?? (body === undefined ? "GET" : "POST");
  const request = httpRequest(url, { agent, method, headers });
  const chunks: Buffer[] = [];
  const watchers = new Set<() => void>();
  const socket = new Promise<Socket>((resolve) => request.once("socket", resolve));
  const reply = new Promise<Reply>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        for (const watch of watchers) watch();
      });
      response.on("error", () => undefined); // "close" tells
      response.once("close", () => {
        const bytes = Buffer.concat(chunks);
        const { headers: received, statusCode = 0, complete } = response;
        resolve({
          ...{ status: statusCode, headers: received, bytes, torn: !complete },
          get text() {
            return bytes.toString("utf8");
          },
          json: () => JSON.parse(bytes.toString("utf8")),
        });
      });
    });
  });
  reply.catch(() => undefined);
  request.end(body);
  return {
    reply,
    socket,
    leave: () => void request.destroy(),
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const bytes = Buffer.concat(chunks);
          if (bytes.length < count) return;
          watchers.delete(look);
          resolve(bytes);
        };
        watchers.add(look);
        look();
      }),
  };
}
