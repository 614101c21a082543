import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { closeServers, type Handler } from "../../test/doubles/web/server.ts";
import { u32, u64 } from "../../test/models/gguf-writer.ts";
import {
  answering,
  bench,
  config,
  failure,
  gguf,
  honest,
  layer,
  manifest,
  part,
} from "../../test/models/registry-bench.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { digestOf } from "./digest.ts";
import { parseReference } from "./reference.ts";
import { resolveTimeoutMs } from "./registry.ts";

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
    await closeServers();
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
});

const absurd = tinyGguf({ keys: { a: { raw: Buffer.concat([u32(8), u64(1n << 50n)]) } } });

describe("a header that was had and that no host shall see is refused:", () => {
  test.each([
    ["one that is no GGUF file", Buffer.from("<html>".repeat(50_000)), 'begins with "<htm"'],
    ["one whose lengths nobody can hold", absurd, "in the middle of its header"],
    ["one that a host could die of", tinyGguf({ keys: { "llama.block_count": { i32: 1 } } }), "llama.block_count"],
    [
      "one with numbers out of range",
      tinyGguf({ keys: { "llama.embedding_length": { u32: 2 ** 31 } } }),
      "is 2147483648",
    ],
  ])("%s", async (_, bytes, words) => {
    const { registry, reference } = await bench(
      honest((path, request, response) => {
        if (!path.endsWith(digestOf(gguf))) return false;
        part(bytes, request, response);
        return true;
      }),
    );
    const error = await failure(registry.shape(await registry.resolve(reference())));
    expect(error).toMatchObject({ code: "BadGguf", kind: "terminal", message: expect.stringContaining(words) });
  });
});
