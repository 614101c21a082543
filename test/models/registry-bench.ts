/** A registry that a test plays, on loopback, and a client that may speak to it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { expect } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { digestOf } from "../../operator/models/digest.ts";
import type { ModelError } from "../../operator/models/model-error.ts";
import { parseReference, type Reference } from "../../operator/models/reference.ts";
import { createRegistry, type Registry } from "../../operator/models/registry.ts";
import { fetcherFor, type Handler, serve } from "../doubles/web/server.ts";
import { tinyGguf } from "./tiny-gguf.ts";

export interface Bench {
  host: string;
  registry: Registry;
  clock: ManualClock;
  hits: readonly IncomingMessage[];
  reference(text?: string): Reference;
  resolve(signal?: AbortSignal): Promise<unknown>;
}

/** A registry that `handler` plays, on loopback, allowed and insecure unless the test says otherwise. */
export async function bench(handler: Handler, options: { allow?: string[]; insecure?: boolean } = {}): Promise<Bench> {
  const { host, hits } = await serve(handler);
  const fetcher = fetcherFor(options.allow ?? ["127.0.0.1"]);
  const clock = new ManualClock();
  const registry = createRegistry({ fetcher, clock, insecureHosts: options.insecure === false ? [] : [host] });
  const reference = (text = "library/tiny:latest"): Reference => parseReference(`${host}/${text}`);
  return { host, registry, clock, hits, reference, resolve: (signal) => registry.resolve(reference(), signal) };
}

export const gguf = tinyGguf();
export const config = Buffer.from(JSON.stringify({ model_format: "gguf", model_family: "llama", file_type: "F32" }));

export function layer(bytes: Uint8Array, kind: string): { mediaType: string; digest: string; size: number } {
  return { mediaType: `application/vnd.ollama.image.${kind}`, digest: digestOf(bytes), size: bytes.length };
}

export const manifest = JSON.stringify({
  schemaVersion: 2,
  config: { ...layer(config, "config"), mediaType: "application/vnd.docker.container.image.v1+json" },
  layers: [layer(gguf, "model"), { ...layer(Buffer.from("{{ .Prompt }}"), "template") }],
});

/** An honest registry with one model; `change` takes a request over. */
export function honest(
  change: (path: string, request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Handler {
  return (request, response) => {
    const path = request.url ?? "";
    if (change(path, request, response)) return;
    if (path === "/v2/library/tiny/manifests/latest") response.end(manifest);
    else if (path.endsWith(digestOf(config))) response.end(config);
    else if (path.endsWith(digestOf(gguf))) part(gguf, request, response);
    else response.writeHead(404).end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "unknown" }] }));
  };
}

export function part(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const end = Math.min(last ? Number(last) + 1 : bytes.length, bytes.length);
  const range = `bytes ${first}-${end - 1}/${bytes.length}`;
  response.writeHead(206, { "content-range": range }).end(bytes.subarray(Number(first), end));
}

export async function failure(promise: Promise<unknown>): Promise<ModelError> {
  return promise.then(
    (value) => expect.fail(`was resolved: ${JSON.stringify(value)}`),
    (error) => error as ModelError,
  );
}

/** What the registry answers to the manifest's request. */
export function answering(status: number, body: string, headers: Record<string, string> = {}): Handler {
  return honest((path, _, response) => {
    if (!path.includes("/manifests/")) return false;
    response.writeHead(status, headers).end(body);
    return true;
  });
}
