import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GgufTensor, type GgufValue, text, u32, u64, writeGguf } from "../../test/models/gguf-writer.ts";
import { tinyGguf } from "../../test/models/tiny-gguf.ts";
import { runs } from "../../test/runs.ts";
import { type GgufHeader, parseGguf } from "./gguf.ts";
import { headerBytesMax } from "./gguf-cursor.ts";

const file = tinyGguf({ layers: 2 });

function header(bytes: Uint8Array): GgufHeader {
  const header = parseGguf(bytes);
  if (!header) return expect.fail("the header is not whole");
  return header;
}

/** A file with these keys and no tensors. */
function withKeys(keys: Record<string, GgufValue>, tensors: GgufTensor[] = []): Buffer {
  return writeGguf(keys, tensors);
}

/** `GGUF`, version, counts, then whatever follows. */
function raw(version: number, tensors: bigint, keys: bigint, ...rest: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from("GGUF"), u32(version), u64(tensors), u64(keys), ...rest]);
}

describe("a header", () => {
  test("tells facts, lengths of arrays and tensors, and keeps no vocabulary", () => {
    const read = header(file);
    expect(read.version).toBe(3);
    expect(read.facts.get("general.architecture")).toBe("llama");
    expect(read.facts.get("llama.block_count")).toBe(2);
    expect(read.facts.get("tokenizer.ggml.add_bos_token")).toBe(true);
    expect(read.kinds.get("tokenizer.ggml.tokens")).toEqual({ type: "array", of: "string", length: 258 });
    expect(read.vocabulary).toEqual({ tokens: 258, distinct: true, newline: false });
    expect(read.facts.has("tokenizer.ggml.tokens")).toBe(false);
    expect(read.tensors[0]).toEqual({ name: "token_embd.weight", elements: 64 * 258, type: 0, offset: 0 });
    expect(read.dataOffset).toBe(file.length - tensorBytesOf(file));
  });

  test("keeps short arrays of numbers, such as heads per layer", () => {
    const read = header(withKeys({ "x.attention.head_count_kv": { u32s: [8, 8, 0] } }));
    expect(read.facts.get("x.attention.head_count_kv")).toEqual([8, 8, 0]);
  });

  test("keeps no long string and no long array", () => {
    const read = header(
      withKeys({ long: { string: "x".repeat(5000) }, many: { i32s: Array(2000).fill(1) }, after: { u32: 7 } }),
    );
    expect([...read.facts]).toEqual([["after", 7]]);
    expect(read.kinds.get("long")).toEqual({ type: "string" });
    expect(read.kinds.get("many")).toEqual({ type: "array", of: "i32", length: 2000 });
  });

  test.each([
    ["version 2", raw(2, 0n, 1n, text("a"), u32(4), u32(5))],
    ["an unsigned 64-bit number", raw(3, 0n, 1n, text("a"), u32(10), u64(5n))],
    ["a signed 64-bit number", raw(3, 0n, 1n, text("a"), u32(11), u64(5n))],
    ["an 8-bit number", raw(3, 0n, 1n, text("a"), u32(0), Buffer.from([5]))],
    ["a 16-bit number", raw(3, 0n, 1n, text("a"), u32(2), Buffer.from([5, 0]))],
  ])("of %s is read", (_, bytes) => {
    expect(header(bytes).facts.get("a")).toBe(5);
  });

  test("is incomplete, and not wrong, at every length that is too short", () => {
    const full = header(file);
    for (let length = 0; length < full.dataOffset - 32; length += 7) {
      expect(parseGguf(file.subarray(0, length))).toBeUndefined();
    }
  });
});

function tensorBytesOf(bytes: Buffer): number {
  const last = header(bytes).tensors.at(-1);
  return (last?.offset ?? 0) + (last?.elements ?? 0) * 4;
}

describe("is refused, with the reason:", () => {
  const nested = (depth: number): Buffer[] =>
    depth === 0 ? [u32(4), u64(0n)] : [u32(9), u64(1n), ...nested(depth - 1)];

  test.each([
    ["a web page", Buffer.from("<html><body>"), 'begins with "<htm"'],
    ["control characters at its beginning, shown as such", Buffer.from("\u001b[31mxxxx"), "\\x1b"],
    ["a big-endian file", Buffer.from("FUGG\u0000\u0000\u0000\u0003"), "big-endian"],
    ["version 1", raw(1, 0n, 0n), "version 1"],
    ["a version of the future", raw(4, 0n, 0n), "version 4"],
    ["too many keys", raw(3, 0n, 5000n), "5000 keys, 4096 are the most"],
    ["too many tensors", raw(3, 1n << 40n, 0n), "1099511627776 tensors"],
    ["a key too long", raw(3, 0n, 1n, u64(1n << 62n)), "bytes in a key"],
    [
      "a string longer than memory can count",
      raw(3, 0n, 1n, text("a"), u32(8), u64((1n << 64n) - 1n)),
      "bytes in a string",
    ],
    [
      "an array longer than memory can count",
      raw(3, 0n, 1n, text("a"), u32(9), u32(4), u64((1n << 64n) - 1n)),
      "array elements",
    ],
    ["a value of unknown type", raw(3, 0n, 1n, text("a"), u32(99), u32(0)), "unknown type 99"],
    ["an array of unknown type", raw(3, 0n, 1n, text("a"), u32(9), u32(99), u64(1n)), "unknown type 99"],
    ["arrays nested without end", raw(3, 0n, 1n, text("a"), u32(9), ...nested(50)), "deeper than 4"],
    ["a key that is empty", raw(3, 0n, 1n, text(""), u32(4), u32(1)), "one of its keys is empty"],
    [
      "a key that comes twice",
      raw(3, 0n, 2n, text("a"), u32(4), u32(1), text("a"), u32(4), u32(1)),
      'has the key "a" twice',
    ],
    ["an alignment of nothing", withKeys({ "general.alignment": { u32: 0 } }), "no power of two"],
    ["an alignment that is signed", withKeys({ "general.alignment": { i32: 32 } }), "no power of two"],
    ["an alignment that is a text", withKeys({ "general.alignment": { string: "32" } }), "no power of two"],
    ["an alignment of 48", withKeys({ "general.alignment": { u32: 48 } }), "no power of two"],
    [
      "more tokens than any model has",
      withKeys({ "tokenizer.ggml.tokens": { raw: Buffer.concat([u32(9), u32(8), u64(2_000_000)]) } }),
      "2000000 tokens, 1048576 are the most",
    ],
    ["a tensor of too many dimensions", raw(3, 1n, 0n, text("t"), u32(9)), "9 dimensions"],
    [
      "a tensor larger than any file",
      raw(3, 1n, 0n, text("t"), u32(2), u64(1n << 52n), u64(1n << 52n), u32(0), u64(0n)),
      "larger than any file",
    ],
  ])("%s", (_, bytes, words) => {
    expect(() => parseGguf(bytes)).toThrow(words);
  });

  test("what an honest vocabulary has is told from what none has", () => {
    const vocabulary = (...tokens: string[]) =>
      header(withKeys({ "tokenizer.ggml.tokens": { strings: tokens } })).vocabulary;
    expect(vocabulary("a", "a")).toEqual({ tokens: 2, distinct: false, newline: false });
    expect(vocabulary("a", "", "")).toEqual({ tokens: 3, distinct: true, newline: false });
    expect(vocabulary("<0x0A>")).toMatchObject({ newline: true });
    expect(vocabulary("\n")).toMatchObject({ newline: true });
    expect(vocabulary()).toEqual({ tokens: 0, distinct: true, newline: false });
  });
});

describe("a length for which no bytes can follow", () => {
  const endsAt = (length: bigint, type: number, of?: number) =>
    raw(3, 0n, 1n, text("a"), u32(type), ...(of === undefined ? [] : [u32(of)]), u64(length));

  test.each([
    ["of a string", endsAt(1n << 52n, 8)],
    ["of an array of numbers", endsAt(1n << 52n, 9, 12)],
    ["of an array of strings", endsAt(1n << 52n, 9, 8)],
    ["of an array of arrays", endsAt(1n << 52n, 9, 9)],
    ["of a string in an array", raw(3, 0n, 1n, text("a"), u32(9), u32(8), u64(1n), u64(1n << 40n))],
    ["of a string as long as any header", endsAt(BigInt(headerBytesMax), 8)],
  ])("%s is refused before anybody allocates it", (_, bytes) => {
    expect(() => parseGguf(bytes)).toThrow("longer than 32.0 MiB");
  });

  test("is refused as soon as it is longer than the file", () => {
    expect(parseGguf(endsAt(1000n, 8), 10_000)).toBeUndefined();
    expect(() => parseGguf(endsAt(1000n, 8), 900)).toThrow("in the middle of its header");
  });
});

describe("hostile bytes", () => {
  const settles = (bytes: Uint8Array): void => {
    try {
      expect(parseGguf(bytes)?.facts.size ?? 0).toBeLessThanOrEqual(4096);
    } catch (error) {
      expect(error).toMatchObject({ name: "ModelError", code: "BadGguf" });
      expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  };

  test("of any kind after the magic are read or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        settles(Buffer.concat([Buffer.from("GGUF"), u32(3), bytes]));
      }),
      runs(100),
    );
  });

  test("anywhere in a good header are read or refused", () => {
    const end = header(file).dataOffset;
    const spoilt = fc.array(fc.tuple(fc.nat({ max: end - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(spoilt, (changes) => {
        const bytes = Buffer.from(file.subarray(0, end));
        for (const [at, byte] of changes) bytes[at] = byte;
        settles(bytes);
      }),
      runs(150),
    );
  });

  test("of any keys and values that are well formed come back as they were written", () => {
    const value: fc.Arbitrary<GgufValue> = fc.oneof(
      fc.record({ u32: fc.nat({ max: 2 ** 31 - 1 }) }),
      fc.record({ i32: fc.integer() }),
      fc.record({ bool: fc.boolean() }),
      fc.record({ string: fc.string({ maxLength: 100 }) }),
      fc.record({ u32s: fc.array(fc.nat({ max: 1000 }), { maxLength: 20 }) }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), value, { maxKeys: 20 }), (keys) => {
        const read = header(withKeys(keys));
        for (const [key, written] of Object.entries(keys))
          expect(read.facts.get(key)).toEqual(Object.values(written)[0]);
      }),
    );
  });
});
