import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type GgufValue, u32, u64, writeGguf } from "../../test/models/gguf-writer.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { tinyLora } from "../../test/models/tiny-lora.ts";
import type { Fetcher, FetchOptions } from "../addresses/fetcher.ts";
import { ManualClock } from "../clock/manual.ts";
import { describeFiles } from "./describe-files.ts";
import type { RemoteFile } from "./files.ts";

/** Serves bytes by URL, ranges obeyed. */
function serving(files: Record<string, Uint8Array>): Fetcher {
  return {
    async open(url, options: FetchOptions = {}) {
      const bytes = files[String(url)];
      const { first, last = 0 } = options.range ?? { first: 0 };
      const part = bytes?.subarray(first, last + 1) ?? new Uint8Array();
      return {
        status: bytes ? 206 : 404,
        headers: bytes ? { "content-range": `bytes ${first}-${first + part.length - 1}/${bytes.length}` } : {},
        body: Object.assign(
          (async function* () {
            yield part;
          })(),
          { bytes: async () => Buffer.from(part), text: async () => "", discard: () => {} },
        ),
        finalUrl: new URL(String(url)),
      };
    },
    close: async () => {},
  };
}

const contents: Record<string, Uint8Array> = {};

function file(name: string, bytes: Uint8Array): RemoteFile {
  const url = `https://models.example.org/${name}`;
  contents[url] = bytes;
  return { url, sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
}

/** A part of a split model, as gguf-split writes it: facts in the first, tensors in each. */
function splitPart(no: number, count: number): Uint8Array {
  const facts: Record<string, GgufValue> = {
    "general.architecture": { string: "llama" },
    "llama.block_count": { u32: 2 },
    "llama.embedding_length": { u32: 4 },
    "llama.attention.head_count": { u32: 1 },
    "tokenizer.ggml.tokens": { strings: ["a"] },
  };
  const tensor = { name: `blk.${no}.attn_norm.weight`, shape: [4], values: new Float32Array(4) };
  const split: Record<string, GgufValue> = { "split.no": { u32: no }, "split.count": { u32: count } };
  return writeGguf(no === 0 ? { ...facts, ...split } : split, [tensor]);
}

const model = file("tiny.gguf", tinyGguf({ layers: 2 }));
const adapter = file("lora.gguf", tinyLora());
const parts = [0, 1].map((no) => file(`part-${no}.gguf`, splitPart(no, 2)));
const [first, second] = [parts[0]!, parts[1]!];
const ask = (files: RemoteFile[], adapters: RemoteFile[] = []) =>
  describeFiles(serving(contents), new ManualClock(), { files, adapters });

test("a model with an adapter is described before it is fetched whole", async () => {
  expect(await ask([model], [adapter])).toMatchObject({ architecture: "llama", blockCount: 2 });
});

test("the parts of a split model are described as one", async () => {
  expect(await ask([first, second])).toMatchObject({ blockCount: 2, parameterCount: 8, weights: { blocks: 32 } });
});

test.each([
  ["an adapter among the files", () => ask([adapter]), "is an adapter, not a model; list it under adapters"],
  ["a model among the adapters", () => ask([model], [model]), "is a whole model; list it under files"],
  ["a split model with a part missing", () => ask([first]), "belongs to a model of 2 files, but 1 are listed"],
  ["parts in the wrong order", () => ask([second, first]), "file 1 is not part 1"],
  ["two whole models", () => ask([model, model]), "belongs to a model of 1 file, but 2 are listed"],
  ["no file", () => ask([]), "no file to make a model from"],
])("%s is NotAModel", async (_, asking, words) => {
  await expect(asking()).rejects.toMatchObject({ code: "NotAModel", message: expect.stringContaining(words) });
});

test.each([
  ["whose length nobody can hold", { a: { raw: Buffer.concat([u32(8), u64(1n << 50n)]) } }, "middle of its header"],
  ["that a host could die of", { "llama.block_count": undefined }, "a host could die of it"],
  ["with numbers that nobody can compute with", { "llama.embedding_length": { u32: 2 ** 31 } }, "is 2147483648"],
])("a header %s is BadGguf", async (_, keys, words) => {
  const asking = ask([file("absurd.gguf", tinyGguf({ keys }))]);
  await expect(asking).rejects.toMatchObject({ code: "BadGguf", message: expect.stringContaining(words) });
});

test("an adapter with an absurd header is BadGguf", async () => {
  const spoilt = tinyLora();
  spoilt.writeBigUInt64LE(1n << 62n, 16);
  await expect(ask([model], [file("absurd-lora.gguf", spoilt)])).rejects.toMatchObject({ code: "BadGguf" });
});

test("a file that is not there is NotFound", async () => {
  const gone = { ...model, url: "https://models.example.org/gone.gguf" };
  await expect(ask([gone])).rejects.toMatchObject({ code: "NotFound" });
});

test("a file that is not as long as its own directory says is BadGguf", async () => {
  await expect(ask([{ ...model, size: model.size - 50 }])).rejects.toMatchObject({ code: "BadGguf" });
});
