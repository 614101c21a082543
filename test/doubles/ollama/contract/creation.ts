import { beforeAll, describe, expect, test } from "vitest";
import type { Digest, ModelRecipe } from "../../../../operator/engines/engine.ts";
import { tinyGguf } from "../../../models/tiny-gguf.ts";
import { tinyLora } from "../../../models/tiny-lora.ts";
import { digestFor, digestOf, lines, make, names, post, store, type TheHost } from "./host.ts";

export function creationContract(the: TheHost): void {
  describe("creating", () => {
    let weights: Digest;
    beforeAll(async () => {
      weights = await make(the().engine, "base");
    });

    test("a model made from a file is listed and described", async () => {
      const { engine } = the();
      const recipe = {
        system: 'say "yes"\nalways',
        parameters: { num_ctx: 256, stop: ["a", "b\t"], temperature: 0.5 },
      };
      await engine.create({ name: "described:v1", files: { "model.gguf": weights }, ...recipe });
      const listed = (await engine.models()).find((model) => model.name === "described:v1");
      expect(listed?.bytes).toBeGreaterThan(285_000);
      expect(listed?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      const described = await engine.inspect("described:v1");
      expect(described).toMatchObject({ format: "gguf", family: "llama", template: "{{ .Prompt }}", blobs: [weights] });
      expect(described.system).toBe(recipe.system);
      expect(described.capabilities).toContain("completion");
      expect([...described.parameters].sort((a, b) => (a.value < b.value ? -1 : 1))).toEqual([
        { name: "temperature", value: "0.5" },
        { name: "num_ctx", value: "256" },
        { name: "stop", value: "a" },
        { name: "stop", value: "b\t" },
      ]);
      expect(Object.fromEntries(described.facts)).toMatchObject({
        "general.architecture": "llama",
        "general.parameter_count": 70080,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.attention.layer_norm_rms_epsilon": 0.00001,
        "llama.block_count": 1,
        "llama.context_length": 2048,
        "llama.embedding_length": 64,
        "tokenizer.ggml.add_bos_token": true,
      });
      expect(described.facts.has("general.name")).toBe(false);
    });

    test("the same recipe makes the same digest, another recipe another", async () => {
      const { engine } = the();
      const recipe = { files: { "model.gguf": weights }, system: "one" };
      await engine.create({ name: "twin-a", ...recipe });
      await engine.create({ name: "twin-b", ...recipe });
      await engine.create({ name: "twin-c", ...recipe, system: "two" });
      expect(await digestFor(engine, "twin-a:latest")).toBe(await digestFor(engine, "twin-b:latest"));
      expect(await digestFor(engine, "twin-a:latest")).not.toBe(await digestFor(engine, "twin-c:latest"));
    });

    test("a model derived from another keeps its weights and what the recipe does not replace", async () => {
      const { engine } = the();
      await engine.create({ name: "parent", from: "base", system: "from the parent", parameters: { num_ctx: 128 } });
      await engine.create({ name: "child", from: "parent", parameters: { temperature: 0 } });
      const child = await engine.inspect("child");
      expect(child).toMatchObject({ system: "from the parent", blobs: [weights] });
      expect(child.parameters).toHaveLength(2);
    });

    test("an adapter becomes a second blob of the model", async () => {
      const { engine } = the();
      const adapter = await store(engine, tinyLora());
      await engine.create({ name: "adapted", from: "base", adapters: { "adapter.gguf": adapter } });
      expect((await engine.inspect("adapted")).blobs).toEqual([weights, adapter]);
    });

    test("creating over a name replaces what had it", async () => {
      const { engine } = the();
      await engine.create({ name: "replaced", from: "base", system: "old" });
      const old = await digestFor(engine, "replaced:latest");
      await engine.create({ name: "replaced", from: "base", system: "new" });
      expect(await digestFor(engine, "replaced:latest")).not.toBe(old);
      expect((await engine.inspect("replaced")).system).toBe("new");
    });

    test("a derivation of a model that the host has not is refused, and nothing is pulled for it", async () => {
      const { engine, registry } = the();
      const { reference } = await registry.publish("never-pulled", 110);
      const creating = engine.create({ name: "orphan", from: reference });
      await expect(creating).rejects.toMatchObject({ code: "ModelNotFound", kind: "conflict" });
      expect(await names(engine)).not.toContain("orphan:latest");
    });

    const file = tinyGguf({ seed: 111 });
    const refusals: [sentence: string, recipe: () => Partial<ModelRecipe>, stored: Buffer | undefined, code: string][] =
      [
        ["a file that is no GGUF", () => ({}), Buffer.from("not a model ".repeat(100)), "NotSupported"],
        ["an empty file", () => ({}), Buffer.alloc(0), "NotSupported"],
        ["a file that ends after its magic", () => ({}), file.subarray(0, 4), "NotSupported"],
        ["a file that ends within its keys", () => ({}), file.subarray(0, 2000), "NotSupported"],
        ["a file that ends within its tensors", () => ({}), file.subarray(0, 100_000), "NotSupported"],
        ["a blob that was never stored", () => ({}), undefined, "BlobNotFound"],
        ["a template that does not parse", () => ({ template: "{{ .Prompt" }), file, "NotSupported"],
        ["an absolute file name", () => ({ files: { "/etc/model.gguf": digestOf(file) } }), file, "InvalidRequest"],
        ["no files at all", () => ({ files: {} }), file, "NotSupported"],
        ["a name with a space", () => ({ name: "two words" }), file, "InvalidRequest"],
        ["a name with control characters", () => ({ name: "\u001b[31mred" }), file, "InvalidRequest"],
        ["an empty name", () => ({ name: "" }), file, "InvalidRequest"],
        ["a digest that is none", () => ({ files: { "m.gguf": "sha256:zz" as Digest } }), file, "InvalidRequest"],
      ];
    test.each(refusals)("%s is refused and makes no model", async (_, recipe, stored, code) => {
      const { engine } = the();
      const digest = stored ? await store(engine, stored) : digestOf(Buffer.from("never stored"));
      const before = await names(engine);
      const creating = engine.create({ name: "refused", files: { "model.gguf": digest }, ...recipe() });
      const failure = await creating.catch((error: unknown) => error);
      expect(failure).toMatchObject({ code, kind: code === "BlobNotFound" ? "conflict" : "terminal" });
      expect((failure as Error).message).not.toMatch(/\p{Cc}/u);
      expect(await names(engine)).toEqual(before);
    });

    test("a refusal after the first event comes inside the 200", async () => {
      const host = the();
      const digest = await store(host.engine, Buffer.from("not a model at all"));
      const raw = await post(host, "/api/create", { model: "refused", files: { "model.gguf": digest } });
      expect(raw).toMatchObject({ status: 200, type: "application/x-ndjson" });
      expect(lines(raw)).toEqual([{ status: "parsing GGUF" }, { error: "supplied file was not in GGUF format" }]);
    });

    test("a refusal before the first event has a status", async () => {
      const raw = await post(the(), "/api/create", { model: "refused" });
      expect(raw).toMatchObject({ status: 400, text: `{"error":"neither 'from' or 'files' was specified"}` });
    });
  });
}
