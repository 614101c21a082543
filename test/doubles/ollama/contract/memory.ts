import { beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../../operator/clock/system.ts";
import type { LoadedModel } from "../../../../operator/engines/engine.ts";
import { tinyGguf } from "../../../models/tiny-gguf.ts";
import { embeddingOnly } from "./embedding-only.ts";
import { digestFor, make, store, type TheHost } from "./host.ts";

export function memoryContract(the: TheHost): void {
  describe("memory", () => {
    beforeAll(async () => {
      await make(the().engine, "first", { seed: 130 });
      await the().engine.copy("first", "second");
      await make(the().engine, "other", { seed: 131 });
    });

    const loaded = async (name: string): Promise<LoadedModel | undefined> =>
      (await the().engine.loaded()).find((model) => model.name === name);

    test("a loaded model is listed with its digest, size, context and, loaded to stay, no end", async () => {
      const { engine } = the();
      await engine.load("first", { context: 256 });
      const model = await loaded("first:latest");
      expect(model).toMatchObject({
        context: 256,
        expiresAt: "never",
        digest: await digestFor(engine, "first:latest"),
      });
      expect(model?.bytes).toBeGreaterThan(100_000);
      expect(model?.vramBytes).toBeLessThanOrEqual(model?.bytes ?? 0);
    });

    test("another context reloads it", async () => {
      const { engine } = the();
      await engine.load("first", { context: 256 });
      const small = await loaded("first:latest");
      await engine.load("first", { context: 2048 });
      const large = await loaded("first:latest");
      expect(large?.context).toBe(2048);
      expect(large?.bytes).toBeGreaterThan(small?.bytes ?? Number.POSITIVE_INFINITY);
    });

    test("a context beyond what the model was trained for is clipped to that", async () => {
      await the().engine.load("first", { context: 1_000_000 });
      expect((await loaded("first:latest"))?.context).toBe(2048);
    });

    test("a keep-alive sets when it ends", async () => {
      const { engine } = the();
      await engine.load("first", { context: 256, keepAliveMs: 600_000 });
      const endsIn = Number((await loaded("first:latest"))?.expiresAt) - systemClock.now();
      expect(endsIn).toBeGreaterThan(500_000);
      expect(endsIn).toBeLessThan(700_000);
    });

    test("two names of one file share its place in memory", async () => {
      const { engine } = the();
      await engine.load("first", { context: 256 });
      await engine.load("second", { context: 512 });
      expect(await loaded("first:latest")).toBeUndefined();
      expect((await loaded("second:latest"))?.context).toBe(512);
    });

    test("two models are loaded side by side where there is room", async () => {
      const { engine } = the();
      await Promise.all([engine.load("second", { context: 256 }), engine.load("other", { context: 256 })]);
      const found = (await engine.loaded()).map((model) => model.name);
      expect(found).toEqual(expect.arrayContaining(["second:latest", "other:latest"]));
    });

    test("unloading takes it out, and doing so again, or to nothing, is no error", async () => {
      const { engine } = the();
      await engine.load("other", { context: 256 });
      await engine.unload("other");
      await until(async () => (await loaded("other:latest")) === undefined);
      await engine.unload("other");
      await engine.unload("there-is-none");
    });

    test("removing a model does not unload it", async () => {
      const { engine } = the();
      await make(engine, "removed", { seed: 132 });
      await engine.load("removed", { context: 256 });
      await engine.remove("removed");
      expect(await loaded("removed:latest")).toBeDefined();
    });

    test("a probe generates a token, loading what it must", async () => {
      const { engine } = the();
      await engine.unload("other");
      const result = await engine.probe("other", { context: 256 });
      expect(result.tokens).toBe(1);
      expect(result.promptTokens).toBeGreaterThan(0);
      expect(result.text.length).toBeLessThan(50);
      expect(await loaded("other:latest")).toMatchObject({ context: 256, expiresAt: "never" });
    });

    test("a model that only embeds is loaded and probed all the same", async () => {
      const { engine } = the();
      const digest = await store(engine, embeddingOnly(tinyGguf({ seed: 133 })));
      await engine.create({ name: "embedder", files: { "model.gguf": digest } });
      expect((await engine.inspect("embedder")).capabilities).toEqual(["embedding"]);
      await engine.load("embedder", { context: 256 });
      expect(await loaded("embedder:latest")).toBeDefined();
      expect((await engine.probe("embedder", { context: 256 })).tokens).toBe(1);
    });

    test("a model of an architecture that the host does not know is created, but never loads", async () => {
      const { engine } = the();
      const known = tinyGguf({ architecture: "qwen3", seed: 134 }).toString("latin1");
      const digest = await store(engine, Buffer.from(known.replaceAll("qwen3", "qwenZ"), "latin1"));
      await engine.create({ name: "unknown", files: { "model.gguf": digest } });
      await expect(engine.load("unknown")).rejects.toMatchObject({
        code: "NotSupported",
        kind: "terminal",
        status: 500,
      });
    });

    test("a parameter of the wrong type is found when the model loads", async () => {
      const { engine } = the();
      await engine.create({ name: "mistyped", from: "first", parameters: { num_ctx: "many" } });
      await expect(engine.load("mistyped")).rejects.toMatchObject({ code: "InvalidRequest", kind: "terminal" });
    });
  });
}

/** Polls; the suite's time-out is the deadline. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(10);
}
