import { describe, expect, test } from "vitest";
import { isEngineError } from "../../../../operator/engines/error.ts";
import { tinyGguf } from "../../../models/tiny-gguf.ts";
import { digestOf, pieces, post, store, type TheHost } from "./host.ts";

export function blobsContract(the: TheHost): void {
  describe("blobs", () => {
    test("a file is stored once, then known, and storing it again is no error", async () => {
      const { engine } = the();
      const file = tinyGguf({ seed: 100 });
      expect(await engine.hasBlob(digestOf(file))).toBe(false);
      await store(engine, file);
      expect(await engine.hasBlob(digestOf(file))).toBe(true);
      await store(engine, file);
    });

    test("bytes that are not the digest's are refused, and lie under their own digest", async () => {
      const { engine } = the();
      const file = tinyGguf({ seed: 101 });
      const wrong = digestOf(Buffer.from("something else"));
      const failure = await engine.putBlob(wrong, pieces(file), file.length).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "DigestMismatch", kind: "transient", status: 400 });
      expect(await engine.hasBlob(wrong)).toBe(false);
      expect(await engine.hasBlob(digestOf(file))).toBe(true);
    });

    test("a source that fails midway rejects with its own error and leaves nothing", async () => {
      const { engine } = the();
      const file = tinyGguf({ seed: 102 });
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield file.subarray(0, 1000);
        throw new Error("the web server went away");
      }
      await expect(engine.putBlob(digestOf(file), failing(), file.length)).rejects.toThrow("the web server went away");
      expect(await engine.hasBlob(digestOf(file))).toBe(false);
    });

    test.each([
      ["fewer bytes than announced", 1],
      ["more bytes than announced", -1],
    ])("a source of %s is refused and leaves nothing", async (_, off) => {
      const { engine } = the();
      const file = tinyGguf({ seed: 103 + off });
      const failure = await engine.putBlob(digestOf(file), pieces(file), file.length + off).catch((e: unknown) => e);
      expect(isEngineError(failure, "InvalidRequest")).toBe(true);
      expect(await engine.hasBlob(digestOf(file))).toBe(false);
    });

    test("an abort midway rejects at once with the caller's reason", async () => {
      const { engine } = the();
      const file = tinyGguf({ seed: 105 });
      const abort = new AbortController();
      async function* stuck(): AsyncGenerator<Uint8Array> {
        yield file.subarray(0, 1000);
        queueMicrotask(() => abort.abort(new Error("not wanted any more")));
        await new Promise(() => undefined);
      }
      const storing = engine.putBlob(digestOf(file), stuck(), file.length, { signal: abort.signal });
      await expect(storing).rejects.toThrow("not wanted any more");
      expect(await engine.hasBlob(digestOf(file))).toBe(false);
    });

    test("what is no digest is refused", async () => {
      const failure = await the()
        .engine.hasBlob("sha256:zz")
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "InvalidRequest", status: 400 });
      expect(await post(the(), "/api/blobs/sha256:zz", "x")).toMatchObject({
        status: 400,
        text: '{"error":"invalid digest format"}',
      });
    });
  });
}
