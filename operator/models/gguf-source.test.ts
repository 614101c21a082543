import { describe, expect, test } from "vitest";
import { writeGguf } from "../../test/models/gguf-writer.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { tinyLora } from "../../test/models/tiny-lora.ts";
import { headerBytesMax } from "./gguf-cursor.ts";
import { type ByteSource, readGguf, sourceOf } from "./gguf-source.ts";

const file = tinyGguf({ layers: 2 });

describe("read from a source", () => {
  /** Notes what is asked for. */
  const watched = (bytes: Uint8Array, sizeBytes?: number): ByteSource & { reads: [number, number][] } => {
    const reads: [number, number][] = [];
    return {
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
      reads,
      read: async (first, length) => {
        reads.push([first, length]);
        return bytes.subarray(first, first + length);
      },
    };
  };
  const wide = writeGguf(
    {
      "general.architecture": { string: "llama" },
      many: { strings: Array(200_000).fill("word") },
      end: { u32: 1 },
    },
    [],
  );

  /** Strings of 1 MiB, one after the other, beyond the limit. */
  const mebibyte = { string: "x".repeat(1024 * 1024) };
  const endless = writeGguf(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`key ${i}`, mebibyte])), []);

  test("only as much is read as the header takes, in growing parts", async () => {
    const source = watched(wide, wide.length);
    expect((await readGguf(source)).facts.get("end")).toBe(1);
    expect(source.reads.slice(0, 4)).toEqual([
      [0, 262_144],
      [262_144, 262_144],
      [524_288, 524_288],
      [1_048_576, 1_048_576],
    ]);
  });

  test("a header that is still not whole at the limit is refused, and no more of it is read", async () => {
    const source = watched(endless, endless.length);
    await expect(readGguf(source)).rejects.toThrow("longer than 32.0 MiB");
    expect(source.reads.reduce((sum, [, length]) => sum + length, 0)).toBe(headerBytesMax);
  });

  test("a file that ends in its header is refused", async () => {
    await expect(readGguf(sourceOf(file.subarray(0, 1000)))).rejects.toThrow("in the middle of its header");
    await expect(readGguf(watched(file.subarray(0, 1000)))).rejects.toThrow("in the middle of its header");
  });

  test("an empty file is refused", async () => {
    await expect(readGguf(sourceOf(new Uint8Array()))).rejects.toMatchObject({ code: "BadGguf" });
  });

  test("a file that was cut behind its header is refused before it is sent anywhere", async () => {
    await expect(readGguf(sourceOf(file.subarray(0, file.length - 100)))).rejects.toThrow("it was cut short");
  });

  test("an adapter is read like a model", async () => {
    const read = await readGguf(sourceOf(tinyLora()));
    expect(read.facts.get("general.type")).toBe("adapter");
    expect(read.tensors).toHaveLength(4);
  });
});
