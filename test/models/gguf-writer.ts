/**
 * Writes the GGUF container (version 3, little-endian): magic, version, counts, key-value pairs, tensor directory, then
 * the tensors' bytes, each aligned to 32. Only what the tiny models of the tests need. Format:
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

/** The type that a value has in the file; a JavaScript number alone does not say which. */
export type GgufValue =
  | { u32: number }
  | { u64: bigint }
  | { i32: number }
  | { f32: number }
  | { bool: boolean }
  | { string: string }
  | { strings: readonly string[] }
  | { i32s: readonly number[] }
  | { u32s: readonly number[] }
  /** As it stands in the file, type first; for what no honest writer writes. */
  | { raw: Buffer };

export interface GgufTensor {
  name: string;
  /** Elements per dimension, the fastest first, as ggml counts them. */
  shape: readonly number[];
  values: Float32Array;
}

const alignment = 32;
const f32Kind = 0;

/** The whole file: `keys` in the order given, tensors as F32. */
export function writeGguf(keys: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const entries = Object.entries(keys);
  const head = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) head.push(text(key), Buffer.concat(valueBytes(value)));
  let offset = 0;
  for (const tensor of tensors) {
    head.push(text(tensor.name), u32(tensor.shape.length), ...tensor.shape.map(u64), u32(f32Kind), u64(offset));
    offset = aligned(offset + tensor.values.byteLength);
  }
  const header = padded(Buffer.concat(head));
  return Buffer.concat([header, ...tensors.map((tensor) => padded(floatBytes(tensor)))]);
}

function valueBytes(value: GgufValue): Buffer[] {
  if ("u32" in value) return [u32(4), u32(value.u32)];
  if ("u64" in value) return [u32(10), u64(value.u64)];
  if ("i32" in value) return [u32(5), i32(value.i32)];
  if ("f32" in value) return [u32(6), f32(value.f32)];
  if ("bool" in value) return [u32(7), Buffer.from([value.bool ? 1 : 0])];
  if ("string" in value) return [u32(8), text(value.string)];
  if ("strings" in value) return [u32(9), u32(8), u64(value.strings.length), ...value.strings.map(text)];
  if ("i32s" in value) return [u32(9), u32(5), u64(value.i32s.length), ...value.i32s.map(i32)];
  if ("u32s" in value) return [u32(9), u32(4), u64(value.u32s.length), ...value.u32s.map(u32)];
  return [value.raw];
}

function floatBytes(tensor: GgufTensor): Buffer {
  const elements = tensor.shape.reduce((product, n) => product * n, 1);
  if (elements !== tensor.values.length) {
    throw new Error(`tensor ${tensor.name} has ${tensor.values.length} values, its shape says ${elements}`);
  }
  return Buffer.from(tensor.values.buffer, tensor.values.byteOffset, tensor.values.byteLength);
}

/** A length and the characters. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function i32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

/** 64-bit little-endian. */
export function u64(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function padded(buffer: Buffer): Buffer {
  return Buffer.concat([buffer, Buffer.alloc(aligned(buffer.length) - buffer.length)]);
}
