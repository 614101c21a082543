/**
 * A proxy before a real OCI registry, which makes it pullable for Ollama and lets it fail.
 *
 * Ollama (server/download.go) asks for a blob's address and takes nothing but a redirect to another host *name*: a registry
 * that serves blobs itself answers 200, and the pull ends with "http: no Location header in response". (A pull that finds
 * every blob on the disk never gets there, which hides it.) So `GET` of a blob at `127.0.0.1` is redirected to `localhost`,
 * the same port, and served there.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { type Readable, Transform } from "node:stream";
import type { Clock } from "../../../operator/clock/clock.ts";

export interface RegistryFaults {
  /** Flips the lowest bit of the first byte of every blob served. */
  flipByte: boolean;
  /** Bytes a second of every blob served. */
  bytesPerSecond: number;
  /** Cuts the connection after so many bytes of a blob. */
  cutAfterBytes: number;
  /** Answers manifests with this status instead. */
  manifestStatus: number | undefined;
  /** Refuses every connection's request by closing it. */
  down: boolean;
}

export interface RegistryProxy {
  /** `127.0.0.1:PORT`: the host of a model's name. Pull with `insecure`. */
  readonly host: string;
  readonly url: string;
  readonly faults: RegistryFaults;
  /** Blob downloads that run now. */
  readonly serving: number;
  /** Bytes of blobs that were sent so far. */
  readonly servedBytes: number;
  close(): Promise<void>;
}

export const noFaults = (): RegistryFaults => ({
  flipByte: false,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  cutAfterBytes: Number.POSITIVE_INFINITY,
  manifestStatus: undefined,
  down: false,
});

/** `upstream`: `http://127.0.0.1:PORT` of the registry. */
export async function startRegistryProxy(upstream: string, clock: Clock): Promise<RegistryProxy> {
  const proxy = new RedirectingProxy(upstream, clock);
  await proxy.listen();
  return proxy;
}

class RedirectingProxy implements RegistryProxy {
  readonly faults = noFaults();
  readonly #upstream: URL;
  readonly #clock: Clock;
  readonly #server: Server;
  serving = 0;
  servedBytes = 0;

  constructor(upstream: string, clock: Clock) {
    this.#upstream = new URL(upstream);
    this.#clock = clock;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { faults } = this;
    const path = request.url ?? "/";
    response.on("error", () => undefined);
    if (faults.down) return void request.socket.destroy();
    if (faults.manifestStatus !== undefined && path.includes("/manifests/") && request.method === "GET") {
      return void response
        .writeHead(faults.manifestStatus, { "content-type": "application/json" })
        .end('{"errors":[]}');
    }
    const isBlob = request.method === "GET" && /\/blobs\/sha256:/.test(path);
    if (isBlob && !request.headers.host?.startsWith("localhost:")) {
      const port = (this.#server.address() as AddressInfo).port;
      return void response.writeHead(307, { location: `http://localhost:${port}${path}` }).end();
    }
    this.#forward(request, response, isBlob);
  }

  #forward(request: IncomingMessage, response: ServerResponse, isBlob: boolean): void {
    const { hostname, port } = this.#upstream;
    // The host header goes on as it is: the registry makes the addresses of uploads from it.
    const options = { hostname, port, method: request.method, path: request.url, headers: request.headers };
    const forwarded = send(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (isBlob) this.#blob(answer, response);
      else answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    response.on("close", () => forwarded.destroy());
    request.pipe(forwarded);
  }

  #blob(answer: Readable, response: ServerResponse): void {
    this.serving++;
    response.on("close", () => {
      this.serving--;
    });
    answer
      .pipe(this.#spoil(response))
      .on("error", () => response.destroy())
      .pipe(response);
  }

  #spoil(response: ServerResponse): Transform {
    const { faults } = this;
    const clock = this.#clock;
    const left = new AbortController();
    response.on("close", () => left.abort());
    let sent = 0;
    const pass = async (chunk: Buffer, push: (part: Buffer) => void): Promise<void> => {
      for (let from = 0; from < chunk.length; ) {
        const paced = Number.isFinite(faults.bytesPerSecond);
        const step = paced ? Math.max(1, Math.round((faults.bytesPerSecond * pieceMs) / 1000)) : chunk.length;
        const part = Buffer.from(chunk.subarray(from, from + step));
        if (faults.flipByte && sent === 0) part.writeUInt8(part.readUInt8(0) ^ 1, 0);
        if (paced) await clock.sleep(pieceMs, left.signal);
        sent += part.length;
        this.servedBytes += part.length;
        push(part);
        if (sent >= faults.cutAfterBytes) response.destroy();
        from += step;
      }
    };
    return new Transform({
      transform(chunk: Buffer, _, done) {
        pass(chunk, (part) => this.push(part)).then(() => done(), done);
      },
    });
  }
}

const pieceMs = 20;
