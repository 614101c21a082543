import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { createFetcher, type Fetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import { ManualClock } from "../clock/manual.ts";
import { digestOf } from "./digest.ts";
import type { ModelError } from "./model-error.ts";
import { parseReference, type Reference } from "./reference.ts";
import { createRegistry, type Registry, resolveTimeoutMs } from "./registry.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: { servers: Server[]; fetchers: Fetcher[] } = { servers: [], fetchers: [] };

afterEach(async () => {
  await Promise.all(open.fetchers.splice(0).map((fetcher) => fetcher.close()));
  for (const server of open.servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

interface Bench {
  host: string;
  registry: Registry;
  clock: ManualClock;
  hits: IncomingMessage[];
  reference(text?: string): Reference;
  resolve(signal?: AbortSignal): Promise<unknown>;
}

/** A registry that `handler` plays, on loopback, allowed and insecure unless the test says otherwise. */
async function bench(handler: Handler, options: { allow?: string[]; insecure?: boolean } = {}): Promise<Bench> {
  const hits: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    hits.push(request);
    handler(request, response);
  });
  open.servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetcher = createFetcher({ policy: createAddressPolicy({ allow: options.allow ?? ["127.0.0.1"] }) });
  open.fetchers.push(fetcher);
  const clock = new ManualClock();
  const registry = createRegistry({ fetcher, clock, insecureHosts: options.insecure === false ? [] : [host] });
  const reference = (text = "library/tiny:latest"): Reference => parseReference(`${host}/${text}`);
  return { host, registry, clock, hits, reference, resolve: (signal) => registry.resolve(reference(), signal) };
}

const gguf = tinyGguf();
const config = Buffer.from(JSON.stringify({ model_format: "gguf", model_family: "llama", file_type: "F32" }));

function layer(bytes: Uint8Array, kind: string): { mediaType: string; digest: string; size: number } {
  return { mediaType: `application/vnd.ollama.image.${kind}`, digest: digestOf(bytes), size: bytes.length };
}

const manifest = JSON.stringify({
  schemaVersion: 2,
  config: { ...layer(config, "config"), mediaType: "application/vnd.docker.container.image.v1+json" },
  layers: [layer(gguf, "model"), { ...layer(Buffer.from("{{ .Prompt }}"), "template") }],
});

/** An honest registry with one model; `change` takes a request over. */
function honest(
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

function part(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const end = Math.min(last ? Number(last) + 1 : bytes.length, bytes.length);
  const range = `bytes ${first}-${end - 1}/${bytes.length}`;
  response.writeHead(206, { "content-range": range }).end(bytes.subarray(Number(first), end));
}

async function failure(promise: Promise<unknown>): Promise<ModelError> {
  return promise.then(
    (value) => expect.fail(`was resolved: ${JSON.stringify(value)}`),
    (error) => error as ModelError,
  );
}

/** What the registry answers to the manifest's request. */
function answering(status: number, body: string, headers: Record<string, string> = {}): Handler {
  return honest((path, _, response) => {
    if (!path.includes("/manifests/")) return false;
    response.writeHead(status, headers).end(body);
    return true;
  });
}

test("a reference becomes the digest of the manifest as served, its layers and sizes", async () => {
  const { registry, reference, hits } = await bench(honest());
  const model = await registry.resolve(reference());
  expect(model).toMatchObject({
    digest: digestOf(manifest),
    weights: { digest: digestOf(gguf), size: gguf.length },
    sizeBytes: gguf.length + config.length + 13,
    attachedBytes: 0,
    family: "llama",
    quantization: "F32",
  });
  expect(hits[0]?.headers.accept).toBe("application/vnd.docker.distribution.manifest.v2+json");
});

test("the shape is read from the head of the weights by ranges", async () => {
  const { registry, reference, hits } = await bench(honest());
  const model = await registry.resolve(reference());
  const read = await registry.shape(model);
  expect(read).toMatchObject({ shape: { architecture: "llama", blockCount: 1, headCountKv: 2, vocabSize: 258 } });
  expect(hits.at(-1)?.headers.range).toBe("bytes=0-262143");
});

describe("a token is got where the registry says, as nobody", () => {
  const challenge = (host: string): string =>
    `Bearer realm="http://${host}/token",service="reg",scope="repository:library/tiny:pull"`;
  const guarded = (token: Handler): Handler =>
    honest((path, request, response) => {
      if (path.startsWith("/token")) {
        token(request, response);
        return true;
      }
      if (request.headers.authorization === "Bearer t0k3n") return false;
      response.writeHead(401, { "www-authenticate": challenge(request.headers.host ?? "") }).end();
      return true;
    });

  test("and used for the rest", async () => {
    const { resolve, hits } = await bench(guarded((_, response) => response.end(JSON.stringify({ token: "t0k3n" }))));
    await resolve();
    expect(hits.map(({ url }) => url?.split("?")[0])).toEqual([
      "/v2/library/tiny/manifests/latest",
      "/token",
      "/v2/library/tiny/manifests/latest",
      `/v2/library/tiny/blobs/${digestOf(config)}`,
    ]);
    expect(hits[1]?.url).toContain("service=reg&scope=repository%3Alibrary%2Ftiny%3Apull");
    expect(hits[1]?.headers.authorization).toBeUndefined();
  });

  test.each([
    ["no token for nobody", 401, "{}"],
    ["an answer without token", 200, "{}"],
    ["an answer that is no JSON", 200, "<html>"],
    ["a token with a line break in it", 200, JSON.stringify({ token: "a\r\nx-evil: 1" })],
  ])("but %s means Denied", async (_, status, body) => {
    const { resolve } = await bench(guarded((_request, response) => response.writeHead(status).end(body)));
    expect(await failure(resolve())).toMatchObject({ code: "Denied", kind: "terminal" });
  });

  test("but a token that is not taken means Denied, after one try", async () => {
    const { resolve, hits } = await bench(guarded((_, response) => response.end(JSON.stringify({ token: "other" }))));
    expect((await failure(resolve())).code).toBe("Denied");
    expect(hits).toHaveLength(3);
  });

  test("but never at another host, which is not even asked", async () => {
    const other = await bench((_, response) => response.end(JSON.stringify({ token: "t0k3n" })));
    const { resolve } = await bench(answering(401, "", { "www-authenticate": challenge(other.host) }));
    expect((await failure(resolve())).code).toBe("Denied");
    expect(other.hits).toHaveLength(0);
  });
});

describe("what a registry says is told in its words and in ours", () => {
  const oci = (message: string): string => JSON.stringify({ errors: [{ code: "CODE", message }] });

  test.each([
    [
      "404 as NotFound",
      404,
      oci("manifest unknown"),
      "NotFound",
      "terminal",
      "says: manifest unknown; check host, name and tag",
    ],
    ["404 without words as NotFound", 404, "<html>", "NotFound", "terminal", "status 404"],
    ["401 without challenge as Denied", 401, oci("who are you"), "Denied", "terminal", "says: who are you"],
    ["403 as Denied", 403, "", "Denied", "terminal", "is not public"],
    ["500 as Unreachable", 500, oci("disk full"), "Unreachable", "transient", "says: disk full"],
    ["502 with a web page as Unreachable", 502, "<html>", "Unreachable", "transient", "status 502"],
    ["another refusal as Refused", 405, oci("no"), "Refused", "terminal", "says: no"],
    ["words with escape sequences, shown", 404, oci("\u001b[2Jgone"), "NotFound", "terminal", "\\x1b[2Jgone"],
    ["the other form of words", 403, JSON.stringify({ error: "gated" }), "Denied", "terminal", "says: gated"],
    [
      "only a code where there is no message",
      404,
      JSON.stringify({ errors: [{ code: "NAME_UNKNOWN" }] }),
      "NotFound",
      "terminal",
      "NAME_UNKNOWN",
    ],
    [
      "strange JSON without words",
      404,
      JSON.stringify({ errors: [null, 1, { message: 2 }] }),
      "NotFound",
      "terminal",
      "status 404",
    ],
  ])("%s", async (_, status, body, code, kind, words) => {
    const { resolve } = await bench(answering(status, body));
    const error = await failure(resolve());
    expect(error).toMatchObject({ code, kind });
    expect(error.message).toContain(words);
  });

  test.each([
    ["in seconds", "30", 30_000],
    ["as a date", "Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
    ["as a date that is over", "Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["beyond all patience, cut to an hour", "999999", 3_600_000],
    ["unreadably, left out", "soon", undefined],
  ])("429 as TooManyRequests, with how long to wait %s", async (_, header, ms) => {
    const { resolve } = await bench(answering(429, "", { "retry-after": header }));
    expect(await failure(resolve())).toMatchObject({ code: "TooManyRequests", kind: "transient", retryAfterMs: ms });
  });

  test("503 with a time as Unreachable with that time", async () => {
    const { resolve } = await bench(answering(503, "", { "retry-after": "7" }));
    expect(await failure(resolve())).toMatchObject({ code: "Unreachable", retryAfterMs: 7000 });
  });
});

describe("a manifest that cannot be used", () => {
  const changed = (change: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(manifest), ...change });
  const only = (...layers: unknown[]): string => changed({ layers });
  const entry = layer(gguf, "model");

  test.each([
    ["no JSON", "<html>login</html>", "BadAnswer", "no manifest"],
    ["an empty answer", "", "BadAnswer", "no manifest"],
    ["JSON of another kind", "[]", "BadAnswer", "cannot be read"],
    ["no config", changed({ config: undefined }), "BadAnswer", "at config"],
    ["a digest of another kind", only({ ...entry, digest: "sha512:00" }), "BadAnswer", "at layers.0.digest"],
    ["a digest that climbs out", only({ ...entry, digest: "sha256:../../x" }), "BadAnswer", "at layers.0.digest"],
    ["a negative size", only({ ...entry, size: -1 }), "BadAnswer", "at layers.0.size"],
    ["a size beyond all disks", only({ ...entry, size: 2 ** 52 }), "BadAnswer", "at layers.0.size"],
    ["a size in words", only({ ...entry, size: "1" }), "BadAnswer", "at layers.0.size"],
    ["too many layers", only(...Array.from({ length: 300 }, () => entry)), "BadAnswer", "at layers"],
    [
      "a container image",
      only({ ...entry, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }),
      "NotAModel",
      "a container image",
    ],
    ["a container image for many platforms", JSON.stringify({ manifests: [] }), "NotAModel", "several platforms"],
    ["an adapter alone", only(layer(gguf, "adapter")), "NotAModel", "an adapter without a model"],
    ["a safetensors model", only(layer(gguf, "tensor")), "NotAModel", "safetensors"],
    ["no layer at all", only(), "NotAModel", "something else"],
    ["more bytes than a manifest has", "x".repeat(2 * 1024 * 1024), "TooLarge", "more than 1048576 bytes"],
  ])("is told apart: %s", async (_, body, code, words) => {
    const { resolve } = await bench(answering(200, body));
    const error = await failure(resolve());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  test("a digest that the registry announced and that does not match", async () => {
    const { resolve } = await bench(answering(200, manifest, { "docker-content-digest": digestOf("other") }));
    expect(await failure(resolve())).toMatchObject({ code: "BadAnswer", kind: "transient" });
  });

  test("a config that is not the one of the manifest", async () => {
    const { resolve } = await bench(
      honest((path, _, response) => path.endsWith(digestOf(config)) && Boolean(response.end("{}"))),
    );
    expect(await failure(resolve())).toMatchObject({ code: "BadAnswer", kind: "transient" });
  });

  test("a config larger than any", async () => {
    const huge = { ...layer(config, "config"), size: 2 ** 30 };
    const { resolve } = await bench(answering(200, changed({ config: huge })));
    expect((await failure(resolve())).code).toBe("TooLarge");
  });

  test("a stub whose prompts would go to another machine", async () => {
    const remote = Buffer.from(JSON.stringify({ remote_host: "https://ollama.com:443", remote_model: "big" }));
    const stub = changed({ config: layer(remote, "config"), layers: [] });
    const { resolve } = await bench(
      honest((path, _, response) => Boolean(response.end(path.includes("/manifests/") ? stub : remote))),
    );
    expect(await failure(resolve())).toMatchObject({ code: "LeavesTheMachine", kind: "terminal" });
  });
});

describe("the way to the registry", () => {
  test("that nobody answers on is Unreachable", async () => {
    const { resolve } = await bench(honest());
    await Promise.all(open.servers.splice(0).map((server) => new Promise((done) => server.close(done))));
    expect(await failure(resolve())).toMatchObject({ code: "Unreachable", kind: "transient" });
  });

  test("that leads to an address that is not allowed is refused before any connection", async () => {
    const { resolve, hits, host } = await bench(honest(), { allow: [] });
    const error = await failure(resolve());
    expect(error).toMatchObject({ code: "AddressRefused", kind: "terminal" });
    expect(error.message).toContain(`add ${host} to`);
    expect(hits).toHaveLength(0);
  });

  test("that a redirect leads to such an address, likewise", async () => {
    const { resolve } = await bench(answering(307, "", { location: "http://169.254.169.254/manifest" }));
    expect(await failure(resolve())).toMatchObject({ code: "AddressRefused", kind: "terminal" });
  });

  test("in plain http is refused unless the registry is configured as insecure", async () => {
    const { registry, host, hits } = await bench(honest(), { insecure: false });
    const error = await failure(registry.resolve(parseReference(`http://${host}/library/tiny`)));
    expect(error).toMatchObject({ code: "Refused", kind: "terminal" });
    expect(error.message).toContain("insecure registries");
    expect(hits).toHaveLength(0);
  });

  test("on which the answer trickles for ever is given up after a minute", async () => {
    const { resolve, clock } = await bench(
      answeringSlowly(() => {
        void clock.advance(resolveTimeoutMs);
      }),
    );
    expect(await failure(resolve())).toMatchObject({ code: "Unreachable", kind: "transient" });
    expect(clock.pending).toBe(0);
  });

  test("is left at once when the signal aborts, and no timer stays", async () => {
    const abort = new AbortController();
    const { resolve, clock } = await bench(answeringSlowly(() => abort.abort(new Error("stopped"))));
    expect((await failure(resolve(abort.signal))).message).toBe("stopped");
    expect(clock.pending).toBe(0);
  });

  function answeringSlowly(then: () => void): Handler {
    return (_, response) => {
      response.writeHead(200).write("{", () => setImmediate(then));
    };
  }
});

test("a registry that sends the whole file instead of a part is left as soon as the part was read", async () => {
  const { registry, reference } = await bench(
    honest((path, _request, response) => path.endsWith(digestOf(gguf)) && Boolean(response.writeHead(200).end(gguf))),
  );
  const read = await registry.shape(await registry.resolve(reference()));
  expect(read).toMatchObject({ shape: { blockCount: 1 } });
});

describe("the shape is left to the host", () => {
  test.each([
    [
      "another part comes",
      (response: ServerResponse) => response.writeHead(206, { "content-range": "bytes 5-9/10" }).end("xxxxx"),
    ],
    ["the registry fails", (response: ServerResponse) => response.writeHead(500).end()],
  ])("when %s", async (_, answer) => {
    const { registry, reference } = await bench(
      honest((path, _request, response) => path.endsWith(digestOf(gguf)) && Boolean(answer(response))),
    );
    const read = await registry.shape(await registry.resolve(reference()));
    expect(read).toMatchObject({ problem: { name: "ModelError", kind: "transient" } });
  });

  test("when the weights are no GGUF file", async () => {
    const { registry, reference } = await bench(
      honest((path, request, response) => {
        if (!path.endsWith(digestOf(gguf))) return false;
        part(Buffer.from("<html>".repeat(50_000)), request, response);
        return true;
      }),
    );
    const read = await registry.shape(await registry.resolve(reference()));
    expect(read).toMatchObject({ problem: { code: "BadGguf", kind: "terminal" } });
  });
});
