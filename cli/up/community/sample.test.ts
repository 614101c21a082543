import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readObject } from "../../../governance/policy/read-object.ts";
import { type ModelDeployment, modelDeploymentKind } from "../../../operator/apis/model-deployment.ts";
import { closeServers, serve } from "../../../test/doubles/web/server.ts";
import { type ChosenModel, chooseModel, type SampleOptions } from "./sample.ts";

afterEach(closeServers);

const root = join(import.meta.dirname, "../../..");
const ours = "a".repeat(64);
const file = { url: "http://127.0.0.1:2/model.gguf", sha256: ours, size: 3 };
const nobody = "http://127.0.0.1:1/v2/";
const path = "models/smollm2.yaml";

/** `files`: of the policy branch. `past`: what an earlier commit of it had. */
function world(options: Partial<SampleOptions> & { files?: Record<string, string>; past?: readonly string[] } = {}) {
  const { files = {}, past = [], ...more } = options;
  let served = 0;
  const all: SampleOptions = {
    ...{
      root,
      reference: undefined,
      fileSha256: ours,
      libraryUrl: nobody,
      libraryTimeoutMs: 50_000,
      signal: new AbortController().signal,
    },
    serveFile: async () => {
      served++;
      return file;
    },
    former: async () => undefined,
    ...more,
  };
  const policy = {
    read: async (one: string) => files[one],
    paths: async () => Object.keys(files),
    had: async (one: string) => past.includes(one),
  };
  return { served: () => served, choose: () => chooseModel(policy, all) };
}

const text = (spec: object, name = "smollm2"): string =>
  JSON.stringify({
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: { name, namespace: "community" },
    spec,
  });

/** As the policy reads it. */
function specOf({ change }: ChosenModel): object {
  const read = readObject(change?.text ?? "", change?.path ?? path, modelDeploymentKind, ["community"]);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value.object.body["spec"] as object;
}

async function library(status: number): Promise<string> {
  const server = await serve((_, response) => void response.writeHead(status).end());
  return `${server.origin}/v2/`;
}

describe("the first start", () => {
  test("takes the reference of the sample where the library answers", async () => {
    const { choose, served } = world({ libraryUrl: await library(401) });
    const chosen = await choose();
    expect(chosen).toMatchObject({
      ref: { namespace: "community", name: "smollm2" },
      source: "smollm2:135m from the Ollama library",
      change: { path, words: "serve smollm2" },
    });
    expect(specOf(chosen)).toMatchObject({ model: { ollama: "smollm2:135m" }, context: 4096 });
    expect(served()).toBe(0);
  });

  test.each([
    ["does not answer", async () => nobody],
    ["is broken", () => library(503)],
  ])("takes the file where the library %s", async (_, url) => {
    const chosen = await world({ libraryUrl: await url() }).choose();
    expect(chosen.source).toContain("the Ollama library is out of reach");
    expect(specOf(chosen)).toMatchObject({ model: { files: [file] }, context: 4096 });
  });

  test("takes the file where nothing may be fetched, though the library would answer", async () => {
    const chosen = await world({ libraryUrl: await library(200), offline: true }).choose();
    expect(specOf(chosen)).toMatchObject({ model: { files: [file] } });
  });

  test("that is stopped while the library is asked takes nothing", async () => {
    const stopped = AbortSignal.abort(new Error("stopped by SIGINT"));
    await expect(world({ signal: stopped }).choose()).rejects.toThrow("stopped by SIGINT");
  });
});

describe("a later start", () => {
  test("serves its file again and wants nothing of the policy", async () => {
    const { choose, served } = world({ files: { [path]: text({ model: { files: [file] }, replicas: 3 }) } });
    expect(await choose()).not.toHaveProperty("change");
    expect(served()).toBe(1);
  });

  test("that serves the file elsewhere changes its URL and nothing else", async () => {
    const adapter = { url: "https://example.org/adapter.gguf", sha256: "b".repeat(64), size: 1 };
    const before = { model: { files: [{ ...file, url: "http://127.0.0.1:9/model.gguf" }, adapter] }, context: 2048 };
    const chosen = await world({ files: { [path]: text(before) } }).choose();
    expect(specOf(chosen)).toEqual({ model: { files: [file, adapter] }, context: 2048 });
    expect(chosen.change?.words).toBe("fetch smollm2 from 127.0.0.1:2");
  });

  test.each([
    ["another file", { model: { files: [{ ...file, sha256: "c".repeat(64), url: "https://example.org/a.gguf" }] } }],
    ["another model of the library", { model: { ollama: "qwen3:0.6b" } }],
    ["a model of Hugging Face", { model: { huggingFace: { repo: "a/b" } } }],
  ])("leaves %s that was decided on", async (_, spec) => {
    const { choose, served } = world({ files: { [path]: text(spec) } });
    expect(await choose()).toEqual({ ref: { namespace: "community", name: "smollm2" }, source: "as it was left" });
    expect(served()).toBe(0);
  });

  test("adds the sample beside models that were there before it", async () => {
    const chosen = await world({ files: { "models/other.yaml": text({ model: { ollama: "x" } }, "other") } }).choose();
    expect(chosen.change?.path).toBe(path);
  });

  test("does not bring back a sample that was taken out by a decision: it asks the first other model", async () => {
    const files = {
      "models/a.yaml": text({ model: { ollama: "a" }, replicas: 0 }, "a"),
      "models/b.yaml": text({ model: { ollama: "b" } }, "b"),
      "hosts/a.yaml": "{}",
    };
    const chosen = await world({ files, past: [path] }).choose();
    expect(chosen).toEqual({ ref: { namespace: "community", name: "b" }, source: "as it was left" });
  });

  test("where every model was taken out says what to do", async () => {
    await expect(world({ past: [path] }).choose()).rejects.toThrow("models/ was emptied by a decision. Propose one");
  });
});

describe("a model that a version without governance deployed", () => {
  test("comes into the policy with all that a person changed", async () => {
    const spec = { model: { ollama: "qwen3:0.6b" }, replicas: 3, context: 2048 };
    const chosen = await world({ former: async () => spec as never }).choose();
    expect(specOf(chosen)).toEqual(spec);
    expect(chosen.change?.words).toBe("serve smollm2 as it was");
  });

  test("by our file gets the address of this start", async () => {
    const spec = { model: { files: [{ ...file, url: "http://127.0.0.1:9/model.gguf" }] } };
    const chosen = await world({ former: async () => spec as never }).choose();
    expect(specOf(chosen)).toEqual({ model: { files: [file] } });
  });
});

describe("a model of the person's choice", () => {
  test.each([
    ["smollm2:135m", "smollm2-135m"],
    ["hf.co/Someone/Model-GGUF:Q4_K_M", "model-gguf-q4-k-m"],
    [`x${"-".repeat(61)}yz`, "x-yz"],
    [`${"x".repeat(62)}:1`, "x".repeat(62)],
  ])("%s is proposed as %s", async (reference, name) => {
    const chosen = await world({ reference }).choose();
    expect(chosen.ref.name).toBe(name);
    expect(chosen.change?.path).toBe(`models/${name}.yaml`);
    expect(specOf(chosen)).toEqual({ model: { ollama: reference } });
  });

  test("that is decided already, also with a digest, wants nothing of the policy", async () => {
    const files = { "models/qwen3-0-6b.yaml": text({ model: { ollama: "qwen3:0.6b", digest: "d" } }, "qwen3-0-6b") };
    expect(await world({ reference: "qwen3:0.6b", files }).choose()).not.toHaveProperty("change");
  });

  test("under a name that serves another one replaces the model and keeps the rest", async () => {
    const files = { "models/qwen3-0-6b.yaml": text({ model: { ollama: "x" }, replicas: 2 }, "qwen3-0-6b") };
    const chosen = await world({ reference: "qwen3:0.6b", files }).choose();
    const changed = parse(chosen.change?.text ?? "") as ModelDeployment;
    expect(changed.spec).toEqual({ model: { ollama: "qwen3:0.6b" }, replicas: 2 });
  });

  test("that has no letter or digit is refused", async () => {
    await expect(world({ reference: "___" }).choose()).rejects.toThrow('"___" names no model');
  });
});
