/**
 * What Ollama's library does differently from a registry of the CNCF, before a real one that has the models:
 * - a manifest comes as `text/plain` (ollama/ollama#6470);
 * - a manifest that is asked for by its digest is an internal error (ollama/ollama#5298); Ollama's own newer client asks for the blob of that
 *   digest instead (ollama v0.24 server/internal/client/ollama/registry.go, `Resolve`);
 * - a blob is a redirect, 307, to a store on another host whose address is signed, holds for a while and needs no token: in
 *   ollama/ollama#4992 to Cloudflare R2 for 20 minutes (`X-Amz-Expires=1200`), in #11428 for a day. Such a store refuses who brings a token besides.
 */
import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

export interface LibraryDouble {
  /** `127.0.0.1:PORT`, spoken to in plain http. */
  readonly host: string;
  readonly origin: string;
  /** `METHOD path`, in order; those of the store begin with `store `. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** `upstream`: the registry that has the models, `http://127.0.0.1:5000`. */
export async function startLibraryDouble(upstream: string): Promise<LibraryDouble> {
  const requests: string[] = [];
  const key = randomBytes(16);
  const signatureOf = (path: string): string => createHmac("sha256", key).update(path).digest("hex");
  const store = await listening((incoming, answer) => {
    const url = new URL(incoming.url ?? "/", "http://store");
    requests.push(`store ${incoming.method} ${url.pathname}`);
    if (incoming.headers.authorization !== undefined) return void answer.writeHead(400).end("only one way to sign in");
    if (url.searchParams.get("X-Amz-Signature") !== signatureOf(url.pathname)) return void answer.writeHead(403).end();
    passOn(new URL(url.pathname, upstream), incoming, answer);
  });
  const library = await listening((incoming, answer) => {
    const { pathname } = new URL(incoming.url ?? "/", "http://library");
    requests.push(`${incoming.method} ${pathname}`);
    if (/\/manifests\/sha256:/.test(pathname)) return void answer.writeHead(500, json).end(internalError);
    if (!/\/blobs\/sha256:/.test(pathname)) return passOn(new URL(pathname, upstream), incoming, answer, plain);
    const { port } = store.address() as AddressInfo;
    // Another name of this machine: Ollama follows a redirect on one host itself, and takes the layer from another.
    const location = `http://localhost:${port}${pathname}?X-Amz-Expires=1200&X-Amz-Signature=${signatureOf(pathname)}`;
    answer.writeHead(307, { location }).end();
  });
  const { port } = library.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    requests,
    close: async () => void (await Promise.all([closed(store), closed(library)])),
  };
}

const json = { "content-type": "application/json" };
const plain = { "content-type": "text/plain; charset=utf-8" };
const internalError = JSON.stringify({ errors: [{ code: "INTERNAL_ERROR", message: "internal error" }] });

async function listening(serve: (incoming: IncomingMessage, answer: ServerResponse) => void): Promise<Server> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function passOn(to: URL, incoming: IncomingMessage, answer: ServerResponse, more: Record<string, string> = {}): void {
  const { host: _, ...headers } = incoming.headers;
  const onward = send(to, { method: incoming.method ?? "GET", headers }, (response) => {
    const { location: _location, "docker-content-digest": _digest, ...told } = response.headers;
    answer.writeHead(response.statusCode ?? 502, { ...told, ...more });
    pipeline(response, answer, () => {});
  });
  onward.on("error", () => answer.destroy());
  onward.end();
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
