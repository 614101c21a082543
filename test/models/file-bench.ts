/** A web server that a test plays, with one file, and everything to stream that file. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../operator/clock/clock.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { type FileStreamOptions, type RemoteFile, streamFile } from "../../operator/models/files.ts";
import type { ModelError } from "../../operator/models/model-error.ts";
import { fetcherFor, type Handler, serve } from "../doubles/web/server.ts";

export const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));

export interface Bench {
  file: RemoteFile;
  options: FileStreamOptions;
  hits: readonly IncomingMessage[];
  /** Milliseconds slept between tries. */
  waits: number[];
  port: number;
}

export async function bench(handler: Handler, change: Partial<RemoteFile> & { allow?: string[] } = {}): Promise<Bench> {
  const { origin, port, hits } = await serve(handler);
  const fetcher = fetcherFor(change.allow ?? ["127.0.0.1"]);
  const waits: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void waits.push(ms) };
  const { allow: _, ...overrides } = change;
  const file = {
    url: `${origin}/model.gguf?signature=secret`,
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
