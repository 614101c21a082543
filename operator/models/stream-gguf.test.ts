import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Handler } from "../../test/doubles/web/server.ts";
import { bench } from "../../test/models/file-bench.ts";
import { u32, u64, writeGguf } from "../../test/models/gguf-writer.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { tinyLora } from "../../test/models/tiny-lora.ts";
import { streamGguf } from "./stream-gguf.ts";

/** What came of a file that a server without ranges serves, and the failure. */
async function drained(bytes: Buffer): Promise<{ got: number; error?: unknown }> {
  const serve: Handler = (_, response) => response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  const { file, options } = await bench(serve, {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
  });
  let got = 0;
  try {
    for await (const piece of streamGguf(file, options)) got += piece.length;
  } catch (error) {
    return { got, error };
  }
  return { got };
}

const absurd = { a: { raw: Buffer.concat([u32(8), u64(1n << 50n)]) } };

test.each([
  ["a model", tinyGguf({ layers: 8 })],
  ["an adapter", tinyLora()],
  ["a header that comes in many pieces", writeGguf({ many: { strings: Array(100_000).fill("word") } }, [])],
])("%s passes whole", async (_, bytes) => {
  expect(await drained(bytes)).toEqual({ got: bytes.length });
});

test.each([
  ["whose length nobody can hold", tinyGguf({ layers: 8, keys: absurd }), "middle of its header"],
  ["whose length nobody can hold, in a small file", tinyGguf({ keys: absurd }), "middle of its header"],
  ["that a host could die of", tinyGguf({ keys: { "llama.block_count": undefined } }), "a host could die of it"],
  ["that is cut, with the digest that was pinned", tinyGguf().subarray(0, 5_000), "middle of its header"],
  ["that is none", Buffer.from("<html>".repeat(100_000)), 'begins with "<htm"'],
])("a header %s is never sent whole", async (_, bytes, words) => {
  const { got, error } = await drained(bytes);
  expect(error).toMatchObject({ code: "BadGguf", message: expect.stringContaining(words) });
  expect(got).toBeLessThan(bytes.length);
});
