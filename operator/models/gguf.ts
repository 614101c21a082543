/**
 * Reads the head of a GGUF file: its key-value pairs and its tensor directory, never the weights. The file comes from
 * strangers, so every count is bounded and no length is believed before the bytes for it are there.
 *
 * The parser is a pure function over the first bytes of a file. When they end too soon it says so and the caller comes
 * back with more (`gguf-source.ts`); it then starts over, which with doubled bytes costs at most twice the work and
 * spares all state. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { printable } from "../text/printable.ts";
import { bad, endOfBytes, GgufCursor, shownKey } from "./gguf-cursor.ts";
import { type GgufValues, readPair } from "./gguf-values.ts";

export interface Tensor {
  name: string;
  /** Elements in all. */
  elements: number;
  /** ggml's number of the type; see `tensor-type.ts`. */
  type: number;
  /** From the beginning of the tensor data. */
  offset: number;
}

export interface GgufHeader extends Readonly<GgufValues> {
  readonly version: number;
  readonly tensors: readonly Tensor[];
  /** Where the tensor data begins in the file. */
  readonly dataOffset: number;
}

export const keysMax = 4096;
export const tensorsMax = 65_536;
const tensorNameBytesMax = 1024;
const dimensionsMax = 8;

/**
 * The header of a file that begins with `bytes` and has `fileBytes` in all; `undefined` where the bytes end too soon.
 * Throws `BadGguf` for what can be no GGUF file however many bytes follow.
 */
export function parseGguf(bytes: Uint8Array, fileBytes = Number.POSITIVE_INFINITY): GgufHeader | undefined {
  try {
    return readHeader(new GgufCursor(bytes, fileBytes));
  } catch (error) {
    if (error === endOfBytes) return undefined;
    throw error;
  }
}

function readHeader(cursor: GgufCursor): GgufHeader {
  const version = readVersion(cursor);
  const tensorCount = cursor.count("tensors", tensorsMax);
  const keyCount = cursor.count("keys", keysMax);
  const values: GgufValues = { facts: new Map(), kinds: new Map() };
  for (let i = 0; i < keyCount; i++) readPair(cursor, values);
  const tensors: Tensor[] = [];
  for (let i = 0; i < tensorCount; i++) tensors.push(readTensor(cursor));
  return { ...values, version, tensors, dataOffset: aligned(cursor.at, values) };
}

function readVersion(cursor: GgufCursor): number {
  const magic = String.fromCharCode(...cursor.bytes(4));
  if (magic === "FUGG") throw bad("it is big-endian; convert it to little-endian");
  if (magic !== "GGUF") throw bad(`it begins with "${printable(magic, 16)}" instead of "GGUF"`);
  const version = cursor.u32();
  if (version === 1) throw bad("it has version 1 of the format, which was dropped in 2023; convert it again");
  if (version !== 2 && version !== 3) throw bad(`it has version ${version} of the format; 2 and 3 are known`);
  return version;
}

function readTensor(cursor: GgufCursor): Tensor {
  const name = cursor.text(tensorNameBytesMax, "a tensor's name");
  const dimensions = cursor.u32();
  if (dimensions > dimensionsMax) {
    throw bad(`its tensor ${shownKey(name)} has ${dimensions} dimensions, ${dimensionsMax} are the most`);
  }
  let elements = 1;
  for (let i = 0; i < dimensions; i++) elements *= cursor.count("elements of a tensor", Number.MAX_SAFE_INTEGER);
  if (!Number.isSafeInteger(elements)) throw bad(`its tensor ${shownKey(name)} is larger than any file`);
  return { name, elements, type: cursor.u32(), offset: cursor.count("bytes before a tensor", Number.MAX_SAFE_INTEGER) };
}

const alignmentKey = "general.alignment";
const alignmentUsual = 32;

function aligned(offset: number, values: GgufValues): number {
  const step = alignment(values);
  return Math.ceil(offset / step) * step;
}

/** A power of two; llama.cpp takes no other, and Ollama divides by it before it looks. */
function alignment({ facts, kinds }: GgufValues): number {
  const kind = kinds.get(alignmentKey);
  if (!kind) return alignmentUsual;
  const value = facts.get(alignmentKey);
  if (kind.type === "u32" && typeof value === "number" && Number.isInteger(Math.log2(value))) return value;
  throw bad(`its ${alignmentKey} is no power of two`);
}
