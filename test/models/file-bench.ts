/** A web server that a test plays, with one file, and everything to stream that file. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { createFetcher, type Fetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { type FileStreamOptions, type RemoteFile, streamFile } from "../../operator/models/files.ts";
import type { ModelError } from "../../operator/models/model-error.ts";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: { servers: Server[]; fetchers: Fetcher[] } = { servers: [], fetchers: [] };

afterEach(async () => {
  await Promise.all(open.fetchers.splice(0).map((fetcher) => fetcher.close()));
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

export const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));

export interface Bench {
  file: RemoteFile;
  options: FileStreamOptions;
  hits: IncomingMessage[];
  /** Milliseconds slept between tries. */
  waits: number[];
  port: number;
}

export async function bench(handler: Handler, change: Partial<RemoteFile> & { allow?: string[] } = {}): Promise<Bench> {
  const hits: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    hits.push(request);
    response.on("error", () => {});
    handler(request, response);
  });
  open.servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow: change.allow ?? ["127.0.0.1"] }) });
  open.fetchers.push(fetcher);
  const waits: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void waits.push(ms) };
  const { allow: _, ...overrides } = change;
  const file = {
    url: `http://127.0.0.1:${port}/model.gguf?signature=secret`,
    sha256: createHash("sha256").update(content).digest("hex"),
    size: content.length,
    ...overrides,
  };
  return { file, options: { fetcher, clock, random: () => 1 }, hits, waits, port };
}

/** Everything that came before the end or the failure, and the failure. */
export async function drain(
  bench: Bench,
  options: Partial<FileStreamOptions> = {},
): Promise<{ got: Buffer; error?: ModelError }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of streamFile(bench.file, { ...bench.options, ...options })) chunks.push(chunk);
    return { got: Buffer.concat(chunks) };
  } catch (error) {
    return { got: Buffer.concat(chunks), error: error as ModelError };
  }
}

export const firstByte = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** Obeys ranges. */
export const whole: Handler = (request, response) => {
  const first = firstByte(request);
  const rest = content.subarray(first);
  if (first === 0) response.writeHead(200, { "content-length": rest.length });
  else
    response.writeHead(206, {
      "content-length": rest.length,
      "content-range": `bytes ${first}-${content.length - 1}/${content.length}`,
    });
  response.end(rest);
};

/** Serves `bytes` more of the file with each request, then breaks off. */
export const cutting =
  (bytes: number): Handler =>
  (request, response) => {
    const first = firstByte(request);
    const rest = content.subarray(first);
    const range = { "content-range": `bytes ${first}-${content.length - 1}/${content.length}` };
    response.writeHead(first === 0 ? 200 : 206, { "content-length": rest.length, ...(first === 0 ? {} : range) });
    if (rest.length <= bytes) response.end(rest);
    else response.write(rest.subarray(0, bytes), () => setImmediate(() => response.destroy()));
  };

/** Of a fetcher that may connect to these addresses; closed after the test. */
export function fetcherFor(allow: string[]): Fetcher {
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow }) });
  open.fetchers.push(fetcher);
  return fetcher;
}
