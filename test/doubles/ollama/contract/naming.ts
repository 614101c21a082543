import { beforeAll, describe, expect, test } from "vitest";
import { tinyGguf } from "../../../models/tiny-gguf.ts";
import { digestFor, digestOf, keys, make, names, post, type TheHost } from "./host.ts";

export function namingContract(the: TheHost): void {
  describe("names", () => {
    beforeAll(async () => {
      await make(the().engine, "original", { seed: 120 });
    });

    test("a copy is a second name of the same digest", async () => {
      const { engine } = the();
      await engine.copy("original", "commonhold/original:0123456789ab");
      expect(await names(engine)).toContain("commonhold/original:0123456789ab");
      const digest = await digestFor(engine, "original:latest");
      expect(await digestFor(engine, "commonhold/original:0123456789ab")).toBe(digest);
    });

    test("a copy over a name replaces what had it", async () => {
      const { engine } = the();
      await make(engine, "overwritten", { seed: 121 });
      await engine.copy("original", "overwritten");
      expect(await digestFor(engine, "overwritten:latest")).toBe(await digestFor(engine, "original:latest"));
    });

    test("a copy onto itself changes nothing", async () => {
      const { engine } = the();
      await engine.copy("original", "original:latest");
      expect(await names(engine)).toContain("original:latest");
    });

    test("a name is found whatever its case", async () => {
      const { engine } = the();
      expect((await engine.inspect("ORIGINAL:Latest")).family).toBe("llama");
    });

    test("names of other registries are listed whole", async () => {
      const { engine } = the();
      await engine.copy("original", "hf.co/owner/repo:Q4_K_M");
      expect(await names(engine)).toContain("hf.co/owner/repo:Q4_K_M");
      expect(await engine.remove("hf.co/owner/repo:Q4_K_M")).toBe(true);
    });

    test("removing tells whether there was something to remove", async () => {
      const { engine } = the();
      await engine.copy("original", "gone");
      expect(await engine.remove("gone")).toBe(true);
      expect(await engine.remove("gone")).toBe(false);
      expect(await names(engine)).not.toContain("gone:latest");
    });

    test("a blob goes with the last name that holds it", async () => {
      const { engine } = the();
      const digest = await make(engine, "last", { seed: 122 });
      expect(digest).toBe(digestOf(tinyGguf({ seed: 122 })));
      await engine.copy("last", "alias");
      await engine.remove("last");
      expect(await engine.hasBlob(digest)).toBe(true);
      await engine.remove("alias");
      expect(await engine.hasBlob(digest)).toBe(false);
    });

    test("the list has these fields", async () => {
      const raw = await post(the(), "/api/tags", undefined, "GET");
      const { models } = JSON.parse(raw.text) as { models: { details: object; digest: string }[] };
      expect(keys(models[0])).toEqual(["details", "digest", "model", "modified_at", "name", "size"]);
      expect(keys(models[0]?.details)).toEqual([
        "families",
        "family",
        "format",
        "parameter_size",
        "parent_model",
        "quantization_level",
      ]);
      expect(models[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    });

    const missing = "there-is-none";
    test.each([
      ["inspecting", () => the().engine.inspect(missing)],
      ["copying", () => the().engine.copy(missing, "copy")],
      ["loading", () => the().engine.load(missing)],
      ["probing", () => the().engine.probe(missing)],
    ])("%s a model that is not there says so", async (_, act) => {
      const failure = await act().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "ModelNotFound", kind: "conflict", status: 404 });
      expect((failure as Error).message).toContain(missing);
    });

    test.each([
      ["inspecting", () => the().engine.inspect("a b")],
      ["copying from", () => the().engine.copy("a b", "c")],
      ["copying to", () => the().engine.copy("original", "a b")],
      ["removing", () => the().engine.remove("a b")],
      ["pulling", () => the().engine.pull("a b")],
    ])("%s a name that no model can have is refused", async (_, act) => {
      await expect(act()).rejects.toMatchObject({ code: "InvalidRequest", kind: "terminal", status: 400 });
    });

    test.each([
      ["an unknown path", "/api/nothing", "POST", 404, "404 page not found"],
      ["a wrong method", "/api/tags", "POST", 405, "405 method not allowed"],
    ])("%s is answered as gin does", async (_, path, method, status, text) => {
      expect(await post(the(), path, {}, method)).toEqual({ status, type: "text/plain", text });
    });

    test.each(["/api/show", "/api/copy", "/api/pull", "/api/generate", "/api/chat", "/api/create", "/api/embed"])(
      "%s wants a body of JSON",
      async (path) => {
        expect(await post(the(), path, "")).toMatchObject({ status: 400, text: '{"error":"missing request body"}' });
        const broken = await post(the(), path, "{broken");
        expect(broken.status).toBe(400);
        expect(JSON.parse(broken.text)).toEqual({ error: expect.stringContaining("invalid character") });
      },
    );

    test("the root answers, and the version is one", async () => {
      const host = the();
      expect(await post(host, "/", undefined, "GET")).toMatchObject({ status: 200, text: "Ollama is running" });
      expect(await host.engine.version()).toBe("0.24.0");
      expect((await host.engine.health()).answeredInMs).toBeGreaterThanOrEqual(0);
    });
  });
}
