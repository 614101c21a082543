import { describe, expect, test } from "vitest";
import { digest, World } from "../../test/deployments/world.ts";
import type { ModelDeployment, ModelSource } from "../apis/model-deployment.ts";
import { isOurs } from "../models/names.ts";
import { fullReference } from "./source.ts";
import { type Wanted, wantedOf } from "./wanted.ts";

const file = { url: "https://example.org/dir/a%20b.gguf?x=1#y", sha256: "a".repeat(64), size: 1 };
const other = { ...file, sha256: "b".repeat(64) };

function wanted(spec: Partial<ModelDeployment["spec"]> = {}, insecure: string[] = []): Wanted {
  const world = new World();
  const deployment = world.get(world.deploy("chat", spec));
  const model = { reference: "r", digest: digest("d"), source: "Registry" as const, sizeBytes: 1 };
  return wantedOf(deployment, model, new Set(insecure));
}

describe("what a spec names", () => {
  test.each<[string, ModelSource, string | RegExp]>([
    ["the library's short form in full", { ollama: "smollm2" }, "registry.ollama.ai/library/smollm2:latest"],
    ["a registry of one's own", { ollama: "r.example:5000/team/m:1" }, "r.example:5000/team/m:1"],
    [
      "Hugging Face with a quantization",
      { huggingFace: { repo: "o/m-GGUF", quantization: "Q4_K_M" } },
      "hf.co/o/m-GGUF:Q4_K_M",
    ],
    ["a file by name and pin", { files: [file] }, /^a b\.gguf@sha256:[0-9a-f]{12}$/],
    ["several files by the first and their number", { files: [file, other] }, /^a b\.gguf and 1 more@sha256:/],
  ])("reads %s", (_, source, text) => {
    expect(fullReference(source)).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
  });

  test("other files, another order or another adapter is another model", () => {
    const references = [
      { files: [file, other] },
      { files: [other, file] },
      { files: [file] },
      { files: [file], adapters: [other] },
    ].map(fullReference);
    expect(new Set(references).size).toBe(4);
  });

  test("control characters in a file's name never get out", () => {
    expect(fullReference({ files: [{ ...file, url: "https://example.org/%1b%5b31m.gguf" }] })).toContain(
      "\\x1b[31m.gguf",
    );
  });
});

describe("a revision", () => {
  const base = wanted();
  test.each<[string, Partial<ModelDeployment["spec"]>]>([
    ["the context", { context: 2048 }],
    ["the system prompt", { system: "x" }],
    ["a parameter", { parameters: { temperature: 0 } }],
    ["an adapter", { model: { ollama: "smollm2:135m", adapters: [file] } }],
  ])("changes with %s, and the base does not", (_, spec) => {
    const changed = wanted(spec);
    expect(changed.revision).not.toBe(base.revision);
    expect(changed.served).not.toBe(base.served);
    expect(changed.base).toBe(base.base);
  });

  test.each<[string, Partial<ModelDeployment["spec"]>]>([
    ["replicas", { replicas: 3 }],
    ["a priority", { priority: 5 }],
    ["declared memory", { memory: "6Gi" }],
    ["the update policy", { update: "Track" }],
  ])("stays with other %s: nothing is made anew for it", (_, spec) => {
    expect(wanted(spec).revision).toBe(base.revision);
  });

  test("makes names that are ours, and settings in Ollama's words", () => {
    const { served, base: unchanged, parameters } = wanted({ parameters: { topP: 0.5, maxTokens: 9, stop: ["x"] } });
    expect([served, unchanged].every(isOurs)).toBe(true);
    expect(parameters).toEqual({ top_p: 0.5, num_predict: 9, stop: ["x"], num_ctx: 4096 });
  });

  test("a registry is insecure only where the operator was told so", () => {
    const spec = { model: { ollama: "127.0.0.1:5000/team/m:1" } };
    expect(wanted(spec).pull?.insecure).toBe(false);
    expect(wanted(spec, ["127.0.0.1:5000"]).pull?.insecure).toBe(true);
  });
});
