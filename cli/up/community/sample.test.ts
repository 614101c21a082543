import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { closeServers, serve } from "../../../test/doubles/web/server.ts";
import { memoryClient } from "./memory-client.fixture.ts";
import { applySample, type SampleOptions } from "./sample.ts";

afterEach(closeServers);

const root = join(import.meta.dirname, "../../..");
const ours = "a".repeat(64);
const file = { url: "http://127.0.0.1:2/model.gguf", sha256: ours, size: 3 };
const nobody = "http://127.0.0.1:1/v2/";

function world(options: Partial<SampleOptions> = {}) {
  const client = memoryClient();
  const clock = new ManualClock(0);
  let served = 0;
  const serveFile = async () => {
    served++;
    return file;
  };
  const all: SampleOptions = {
    root,
    reference: undefined,
    fileSha256: ours,
    serveFile,
    libraryUrl: nobody,
    clock,
    signal: new AbortController().signal,
    ...options,
  };
  const at = (name = "smollm2") => `${modelDeployments.plural}/default/${name}`;
  return {
    client,
    clock,
    served: () => served,
    apply: () => applySample(client, all),
    get: (name?: string) => client.objects.get(at(name)) as ModelDeployment | undefined,
    put: (spec: object, metadata: object = {}) =>
      client.objects.set(at(), { metadata: { name: "smollm2", namespace: "default", ...metadata }, spec } as never),
  };
}

async function library(status: number): Promise<string> {
  const server = await serve((_, response) => void response.writeHead(status).end());
  return `${server.origin}/v2/`;
}

describe("the first start", () => {
  test("takes the reference of the sample where the library answers", async () => {
    const { apply, get, served } = world({ libraryUrl: await library(401) });
    expect(await apply()).toEqual({
      ref: { namespace: "default", name: "smollm2" },
      source: "smollm2:135m from the Ollama library",
    });
    expect(get()?.spec).toMatchObject({ model: { ollama: "smollm2:135m" }, context: 4096 });
    expect(served()).toBe(0);
  });

  test.each([
    ["does not answer", async () => nobody],
    ["is broken", () => library(503)],
  ])("takes the file where the library %s", async (_, url) => {
    const { apply, get } = world({ libraryUrl: await url() });
    expect((await apply()).source).toContain("the Ollama library is out of reach");
    expect(get()?.spec).toMatchObject({ model: { files: [file] }, context: 4096 });
  });

  test("takes the file where nothing may be fetched, though the library would answer", async () => {
    const { apply, get } = world({ libraryUrl: await library(200), offline: true });
    await apply();
    expect(get()?.spec.model).toEqual({ files: [file] });
  });

  test("that is stopped while the library is asked takes nothing", async () => {
    const stopped = AbortSignal.abort(new Error("stopped by SIGINT"));
    const { apply, get } = world({ signal: stopped });
    await expect(apply()).rejects.toThrow("stopped by SIGINT");
    expect(get()).toBeUndefined();
  });
});

describe("a later start", () => {
  test("serves its file again and keeps all that a person changed", async () => {
    const { apply, get, put, served } = world();
    const changed = { model: { files: [file] }, context: 2048, replicas: 3, systemPrompt: "Be short." };
    put(changed);
    await apply();
    expect(get()?.spec).toEqual(changed);
    expect(served()).toBe(1);
  });

  test("that serves the file elsewhere changes its URL and nothing else", async () => {
    const { apply, get, put } = world();
    const adapter = { url: "https://example.org/adapter.gguf", sha256: "b".repeat(64), size: 1 };
    put({ model: { files: [{ ...file, url: "http://127.0.0.1:9/model.gguf" }, adapter] }, context: 2048 });
    await apply();
    expect(get()?.spec).toEqual({ model: { files: [file, adapter] }, context: 2048 });
  });

  test.each([
    ["another file", { model: { files: [{ ...file, sha256: "c".repeat(64), url: "https://example.org/a.gguf" }] } }],
    ["another model of the library", { model: { ollama: "qwen3:0.6b" } }],
    ["a model of Hugging Face", { model: { huggingFace: { repo: "a/b" } } }],
  ])("leaves %s that a person chose", async (_, spec) => {
    const { apply, get, put, served } = world();
    put(spec);
    expect((await apply()).source).toBe("as it was left");
    expect(get()?.spec).toEqual(spec);
    expect(served()).toBe(0);
  });

  test("makes it anew where it was deleted, once it is gone", async () => {
    const { apply, get, put, client, clock } = world();
    put({ model: { ollama: "old" } }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const applied = apply();
    await clock.advance(1_000);
    expect(get()?.spec.model).toEqual({ ollama: "old" });
    client.objects.clear();
    await clock.advance(1_000);
    await applied;
    expect(get()?.spec.model).toEqual({ files: [file] });
  });

  test("names a deletion that does not end", async () => {
    const { apply, put, clock } = world();
    put({ model: { ollama: "old" } }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const refused = expect(apply()).rejects.toThrow("default/smollm2 is still being deleted after 60 s");
    await clock.advance(61_000);
    await refused;
  });
});

describe("a model of the person's choice", () => {
  test.each([
    ["smollm2:135m", "smollm2-135m"],
    ["hf.co/Someone/Model-GGUF:Q4_K_M", "model-gguf-q4-k-m"],
    [`x${"-".repeat(61)}yz`, "x-yz"],
    [`${"x".repeat(62)}:1`, "x".repeat(62)],
  ])("%s is deployed as %s", async (reference, name) => {
    const { apply, get } = world({ reference });
    expect((await apply()).ref.name).toBe(name);
    expect(get(name)?.spec).toEqual({ model: { ollama: reference } });
  });

  test("that has no letter or digit is refused", async () => {
    await expect(world({ reference: "___" }).apply()).rejects.toThrow('"___" names no model');
  });
});
