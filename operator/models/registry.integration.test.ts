/**
 * The client against a real registry, alone and behind a proxy with faults; and what a real Ollama makes of the same
 * reference.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startTestOllama } from "../../test/control-plane/ollama.ts";
import { type RegistryProxy, startRegistryProxy } from "../../test/doubles/registry/proxy.ts";
import { pushBlob, pushManifest, pushModel } from "../../test/doubles/registry/push.ts";
import { type StartedRegistry, startTestRegistry } from "../../test/doubles/registry/start.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { createFetcher, type Fetcher } from "../addresses/fetcher.ts";
import { createAddressPolicy } from "../addresses/policy.ts";
import { systemClock } from "../clock/system.ts";
import { displayReference, parseReference, type Reference } from "./reference.ts";
import { createRegistry, type Registry } from "./registry.ts";

let upstream: StartedRegistry;
let proxy: RegistryProxy;
let fetcher: Fetcher;
let registry: Registry;

beforeAll(async () => {
  upstream = await startTestRegistry();
  proxy = await startRegistryProxy(upstream.origin);
  fetcher = createFetcher({ policy: createAddressPolicy({ allow: ["127.0.0.1"] }) });
  registry = createRegistry({ fetcher, clock: systemClock, insecureHosts: [proxy.host] });
});

afterEach(() => {
  proxy.heal();
  proxy.forget();
});

afterAll(async () => {
  await fetcher?.close();
  await proxy?.close();
  await upstream?.discard();
});

function reference(text: string): Reference {
  return parseReference(`${proxy.host}/${text}`);
}

test("what was pushed is resolved, with the shape of its weights", async () => {
  const pushed = await pushModel(upstream.origin, {
    repository: "library/tiny",
    tag: "one",
    gguf: tinyGguf({ layers: 3, seed: 3 }),
    layers: { template: "{{ .Prompt }}" },
  });
  const model = await registry.resolve(reference("library/tiny:one"));
  expect(model).toMatchObject({
    digest: pushed.digest,
    sizeBytes: pushed.sizeBytes,
    weights: { digest: pushed.weights },
  });
  expect(await registry.shape(model)).toMatchObject({
    shape: { architecture: "llama", blockCount: 3, vocabSize: 258 },
  });
});

test("a moved tag is another digest, and the same again when it is moved back", async () => {
  const one = await pushModel(upstream.origin, {
    repository: "library/moved",
    tag: "one",
    gguf: tinyGguf({ seed: 11 }),
  });
  const two = await pushModel(upstream.origin, {
    repository: "library/moved",
    tag: "two",
    gguf: tinyGguf({ seed: 12 }),
  });
  const digest = async (): Promise<string> => (await registry.resolve(reference("library/moved:one"))).digest;
  expect(await digest()).toBe(one.digest);
  proxy.moveTag("library/moved", "one", "two");
  expect(await digest()).toBe(two.digest);
  proxy.moveTag("library/moved", "one", undefined);
  expect(await digest()).toBe(one.digest);
});

describe("in the real registry's own words,", () => {
  beforeAll(async () => {
    const repository = "library/image";
    const layer = Buffer.from("no tar, but nobody looks");
    const config = Buffer.from("{}");
    const manifest = {
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: await entry("application/vnd.docker.container.image.v1+json", config),
      layers: [await entry("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)],
    };
    await pushManifest(upstream.origin, repository, "latest", JSON.stringify(manifest));

    async function entry(mediaType: string, bytes: Buffer): Promise<object> {
      return { mediaType, digest: await pushBlob(upstream.origin, repository, bytes), size: bytes.length };
    }
  });

  test.each([
    ["a tag that is not there is NotFound", "library/image:absent", "NotFound", "says: manifest unknown"],
    ["a repository that is not there is NotFound", "library/nothing:latest", "NotFound", "says: "],
    ["a container image is NotAModel", "library/image:latest", "NotAModel", "a container image"],
  ])("%s", async (_, text, code, words) => {
    const resolved = registry.resolve(reference(text));
    await expect(resolved).rejects.toMatchObject({ code, kind: "terminal" });
    await expect(resolved).rejects.toThrow(words);
  });
});

describe("a fault heals", () => {
  beforeAll(async () => {
    await pushModel(upstream.origin, { repository: "library/faulty", tag: "latest", gguf: tinyGguf({ seed: 21 }) });
  });

  test.each([
    ["a reset", { kind: "reset" }, "Unreachable"],
    ["an answer that is cut", { kind: "cut", afterBytes: 100 }, "Unreachable"],
    ["a flipped byte, told by the digest that the registry announces", { kind: "flip", atByte: 200 }, "BadAnswer"],
    ["a 500", { kind: "answer", status: 500 }, "Unreachable"],
    ["a 429", { kind: "answer", status: 429, headers: { "retry-after": "3" } }, "TooManyRequests"],
    ["a 404", { kind: "answer", status: 404 }, "NotFound"],
    [
      "a redirect into the metadata service",
      { kind: "answer", status: 302, headers: { location: "http://169.254.169.254/" } },
      "AddressRefused",
    ],
  ] as const)("%s", async (_, act, code) => {
    proxy.lay({ match: "/manifests/", act, times: 1 });
    await expect(registry.resolve(reference("library/faulty"))).rejects.toMatchObject({ code });
    await expect(registry.resolve(reference("library/faulty"))).resolves.toMatchObject({ family: "llama" });
  });

  test.each([
    ["is read from a registry that serves no ranges", { kind: "ignore-range" }, { shape: { blockCount: 1 } }],
    ["is left to the host where the blob is gone", { kind: "answer", status: 404 }, { problem: { code: "NotFound" } }],
  ] as const)("the shape %s", async (_, act, outcome) => {
    const model = await registry.resolve(reference("library/faulty"));
    proxy.lay({ match: model.weights.digest, act });
    expect(await registry.shape(model)).toMatchObject(outcome);
  });

  test("a header whose bytes are damaged", async () => {
    const model = await registry.resolve(reference("library/faulty"));
    proxy.lay({ match: model.weights.digest, act: { kind: "flip", atByte: 0 }, times: 1 });
    await expect(registry.shape(model)).rejects.toMatchObject({ code: "BadGguf" });
    expect(await registry.shape(model)).toMatchObject({ shape: { blockCount: 1 } });
  });
});

test("a real Ollama that pulls the reference lists the very digest that was resolved before", async () => {
  await pushModel(upstream.origin, { repository: "library/pulled", tag: "v1", gguf: tinyGguf({ seed: 31 }) });
  const wanted = reference("library/pulled:v1");
  const resolved = await registry.resolve(wanted);
  const ollama = await startTestOllama();
  try {
    const name = displayReference(wanted);
    const body = JSON.stringify({ model: name, insecure: true, stream: false });
    const pulled = await fetch(`${ollama.url}/api/pull`, { method: "POST", body });
    expect(await pulled.json()).toEqual({ status: "success" });
    const { models } = (await (await fetch(`${ollama.url}/api/tags`)).json()) as {
      models: { name: string; digest: string }[];
    };
    expect(models).toMatchObject([{ name, digest: resolved.digest.slice("sha256:".length) }]);
  } finally {
    await ollama.discard();
  }
});
