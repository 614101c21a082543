import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ByteRange, readRange } from "./range.ts";

export interface ServeOptions {
  path: string;
  /** Last part of the URL. */
  name: string;
  /** Hex. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** 0 for any. */
  port: number;
}

/** What `spec.model.files` takes. */
export interface ServedSource {
  url: string;
  sha256: string;
  size: number;
}

export interface ServedFile {
  readonly source: ServedSource;
  /** Ends it at once, downloads under way included. */
  stop(): Promise<void>;
}

/** Serves one file, and nothing else, to this machine only: whole or in ranges, so that a cut download can go on. */
export async function serveFile(options: ServeOptions): Promise<ServedFile> {
  const server = createServer((request, response) => answer(options, request, response));
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    source: {
      url: `http://127.0.0.1:${port}/${options.name}`,
      sha256: options.sha256,
      size: options.size,
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new Error(`the model file cannot be served on 127.0.0.1:${port}: is the port taken? Start again`, { cause }),
      );
    });
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

function answer(options: ServeOptions, request: IncomingMessage, response: ServerResponse): void {
  const { size, name } = options;
  const etag = `"${options.sha256}"`;
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("etag", etag);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  } else if (request.url !== `/${name}`) {
    response.writeHead(404).end();
  } else {
    // A range of another version of the file would be of no use to who asks for it (RFC 9110, 13.1.5).
    const unchanged = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
    const range = readRange(unchanged ? request.headers.range : undefined, size);
    if (range === "unsatisfiable") response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    else send(options, range, request.method === "HEAD", response);
  }
}

function send(
  { path, size }: ServeOptions,
  range: ByteRange | undefined,
  headersOnly: boolean,
  response: ServerResponse,
): void {
  const { first, last } = range ?? { first: 0, last: size - 1 };
  const headers = { "content-type": "application/octet-stream", "content-length": last - first + 1 };
  if (range) response.writeHead(206, { ...headers, "content-range": `bytes ${first}-${last}/${size}` });
  else response.writeHead(200, headers);
  if (headersOnly) {
    response.end();
    return;
  }
  const file = createReadStream(path, { start: first, end: last });
  // Headers are out: a cut connection is the only way left to say that the file cannot be read.
  file.on("error", () => response.destroy());
  response.on("close", () => file.destroy());
  file.pipe(response);
}
