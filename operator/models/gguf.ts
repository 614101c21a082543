/**
 * Reads the head of a GGUF file: its key-value pairs and its tensor directory, never the weights. The file comes from
 * strangers, so every count is bounded and no length is believed before the bytes for it are there. The big arrays (a
 * tokenizer's vocabulary) are walked over and only counted.
 *
 * The parser is a pure function over the first bytes of a file. When they end too soon it says so and the caller comes
 * back with more (`gguf-source.ts`); it then starts over, which with doubled bytes costs at most twice the work and
 * spares all state. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { printable } from "../text/printable.ts";
import { bad, endOfBytes, GgufCursor } from "./gguf-cursor.ts";

export type Fact = number | string | boolean | readonly number[];

export interface Tensor {
  name: string;
  /** Elements in all. */
  elements: number;
  /** ggml's number of the type; see `tensor-type.ts`. */
  type: number;
  /** From the beginning of the tensor data. */
  offset: number;
}

export interface GgufHeader {
  version: number;
  /** By key. Long strings, string arrays and long arrays are left out; `arrayLengths` counts the arrays. */
  facts: ReadonlyMap<string, Fact>;
  arrayLengths: ReadonlyMap<string, number>;
  /** Left out when the bytes ended before the directory did. */
  tensors?: readonly Tensor[];
  /** Where the tensor data begins in the file; with `tensors`. */
  dataOffset?: number;
}

/** `complete: false`: the bytes ended too soon; what was read so far is given. */
export interface GgufReading {
  header: GgufHeader;
  complete: boolean;
}

export const keysMax = 4096;
export const tensorsMax = 65_536;
const keyBytesMax = 1024;
const dimensionsMax = 8;
const arrayDepthMax = 4;
/** Longer strings and arrays are walked over and not kept: chat templates, vocabularies. */
const keptStringBytesMax = 4096;
const keptArrayLengthMax = 1024;

/** Throws `BadGguf` for what can be no GGUF file however many bytes follow. */
export function parseGguf(bytes: Uint8Array): GgufReading {
  const facts = new Map<string, Fact>();
  const arrayLengths = new Map<string, number>();
  const header: GgufHeader = { version: 0, facts, arrayLengths };
  try {
    const cursor = new GgufCursor(bytes);
    header.version = readVersion(cursor);
    const tensorCount = cursor.count("tensors", tensorsMax);
    const keyCount = cursor.count("keys", keysMax);
    for (let i = 0; i < keyCount; i++) readPair(cursor, facts, arrayLengths);
    const tensors: Tensor[] = [];
    for (let i = 0; i < tensorCount; i++) tensors.push(readTensor(cursor));
    header.tensors = tensors;
    header.dataOffset = aligned(cursor.at, facts.get("general.alignment"));
    return { header, complete: true };
  } catch (error) {
    if (error === endOfBytes) return { header, complete: false };
    throw error;
  }
}

function readVersion(cursor: GgufCursor): number {
  const magic = cursor.ascii(4);
  if (magic === "FUGG") throw bad("it is big-endian; convert it to little-endian");
  if (magic !== "GGUF") throw bad(`it begins with "${printable(magic, 16)}" instead of "GGUF"`);
  const version = cursor.u32();
  if (version === 1) throw bad("it has version 1 of the format, which was dropped in 2023; convert it again");
  if (version !== 2 && version !== 3) throw bad(`it has version ${version} of the format; 2 and 3 are known`);
  return version;
}

function readPair(cursor: GgufCursor, facts: Map<string, Fact>, arrayLengths: Map<string, number>): void {
  const key = cursor.text(keyBytesMax, "a key");
  const type = cursor.u32();
  if (type === types.array) {
    const kept = readArray(cursor, key, 0);
    arrayLengths.set(key, kept.length);
    if (kept.values) facts.set(key, kept.values);
    return;
  }
  const value = readScalar(cursor, type, key);
  if (value !== undefined) facts.set(key, value);
}

const types = { string: 8, array: 9 } as const;

/** Bytes of the types with a fixed size. */
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/** `undefined` for a string too long to keep. */
function readScalar(cursor: GgufCursor, type: number, key: string): number | string | boolean | undefined {
  if (type === types.string) return cursor.keptText(keptStringBytesMax);
  const size = sizes[type];
  if (size === undefined) throw bad(`its key "${printable(key, 80)}" has the unknown type ${type}`);
  const view = cursor.view(size);
  return type === 7 ? view.getUint8(0) !== 0 : numberAt(view, 0, type);
}

/** 64-bit integers beyond 2^53 lose their last digits; whoever uses a fact checks its range anyway. */
function numberAt(view: DataView, at: number, type: number): number {
  if (type === 0 || type === 7) return view.getUint8(at);
  if (type === 1) return view.getInt8(at);
  if (type === 2) return view.getUint16(at, true);
  if (type === 3) return view.getInt16(at, true);
  if (type === 4) return view.getUint32(at, true);
  if (type === 5) return view.getInt32(at, true);
  if (type === 6) return view.getFloat32(at, true);
  if (type === 10) return Number(view.getBigUint64(at, true));
  if (type === 11) return Number(view.getBigInt64(at, true));
  return view.getFloat64(at, true);
}

function readArray(cursor: GgufCursor, key: string, depth: number): { length: number; values?: number[] } {
  if (depth >= arrayDepthMax) throw bad(`its key "${printable(key, 80)}" nests arrays deeper than ${arrayDepthMax}`);
  const type = cursor.u32();
  const length = cursor.count("array elements", Number.MAX_SAFE_INTEGER);
  const size = sizes[type];
  if (size !== undefined) {
    const view = cursor.view(length * size);
    if (length > keptArrayLengthMax || depth > 0) return { length };
    return { length, values: Array.from({ length }, (_, i) => numberAt(view, i * size, type)) };
  }
  if (type !== types.string && type !== types.array) {
    throw bad(`its key "${printable(key, 80)}" has elements of the unknown type ${type}`);
  }
  for (let i = 0; i < length; i++) {
    if (type === types.string) cursor.skipText();
    else readArray(cursor, key, depth + 1);
  }
  return { length };
}

function readTensor(cursor: GgufCursor): Tensor {
  const name = cursor.text(keyBytesMax, "a tensor's name");
  const dimensions = cursor.u32();
  if (dimensions > dimensionsMax) {
    throw bad(`its tensor "${printable(name, 80)}" has ${dimensions} dimensions, ${dimensionsMax} are the most`);
  }
  let elements = 1;
  for (let i = 0; i < dimensions; i++) elements *= cursor.count("elements of a tensor", Number.MAX_SAFE_INTEGER);
  if (!Number.isSafeInteger(elements)) throw bad(`its tensor "${printable(name, 80)}" is larger than any file`);
  return { name, elements, type: cursor.u32(), offset: cursor.count("bytes before a tensor", Number.MAX_SAFE_INTEGER) };
}

function aligned(offset: number, alignment: Fact | undefined): number {
  const step = typeof alignment === "number" && Number.isInteger(alignment) && alignment > 0 ? alignment : 32;
  return Math.ceil(offset / step) * step;
}
