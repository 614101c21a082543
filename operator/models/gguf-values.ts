/**
 * The key-value pairs of a GGUF header. Numbers, flags and short strings are kept; long strings and arrays (a
 * tokenizer's vocabulary, a chat template) are walked over, and what is kept of them is their type and length.
 */
import { bad, type GgufCursor, shownKey } from "./gguf-cursor.ts";
import { surveyTokens, tokensKey, type Vocabulary } from "./gguf-vocabulary.ts";

export type Fact = number | string | boolean | readonly number[];

export type ValueType = (typeof types)[number]["name"];

/** How a value is written, whether it was kept or not. */
export interface ValueKind {
  readonly type: ValueType;
  /** Of an array: its elements' type, and how many there are. */
  readonly of?: ValueType;
  readonly length?: number;
}

export interface GgufValues {
  /** By key. Long strings, string arrays and long arrays are left out. */
  readonly facts: Map<string, Fact>;
  /** Every key there is. */
  readonly kinds: Map<string, ValueKind>;
  /** Where the file has one that can be one. */
  vocabulary?: Vocabulary;
}

/** In the order of the format's numbers; `bytes` of those with a fixed size. */
const types = [
  { name: "u8", bytes: 1 },
  { name: "i8", bytes: 1 },
  { name: "u16", bytes: 2 },
  { name: "i16", bytes: 2 },
  { name: "u32", bytes: 4 },
  { name: "i32", bytes: 4 },
  { name: "f32", bytes: 4 },
  { name: "bool", bytes: 1 },
  { name: "string", bytes: undefined },
  { name: "array", bytes: undefined },
  { name: "u64", bytes: 8 },
  { name: "i64", bytes: 8 },
  { name: "f64", bytes: 8 },
] as const;

const keyBytesMax = 1024;
const arrayDepthMax = 4;
const keptStringBytesMax = 4096;
const keptArrayLengthMax = 1024;
/** The length of a string, the type and length of an array. */
const leastBytes = { string: 8, array: 12 } as const;

export function readPair(cursor: GgufCursor, values: GgufValues): void {
  const key = cursor.text(keyBytesMax, "a key");
  // llama.cpp takes neither (ggml/src/gguf.cpp), and Ollama dies of the first.
  if (key === "") throw bad("one of its keys is empty");
  if (values.kinds.has(key)) throw bad(`it has the key ${shownKey(key)} twice`);
  const type = readType(cursor, key);
  if (type.name === "array") readArray(cursor, key, values);
  else readScalar(cursor, key, type, values);
}

type Type = (typeof types)[number];

function readType(cursor: GgufCursor, key: string): Type {
  const number = cursor.u32();
  const type = types[number];
  if (!type) throw bad(`its key ${shownKey(key)} has the unknown type ${number}`);
  return type;
}

function readScalar(cursor: GgufCursor, key: string, type: Type, values: GgufValues): void {
  values.kinds.set(key, { type: type.name });
  const value = type.bytes ? scalarAt(cursor.view(type.bytes), type.name) : cursor.keptText(keptStringBytesMax);
  if (value !== undefined) values.facts.set(key, value);
}

function scalarAt(view: DataView, type: ValueType): number | boolean {
  return type === "bool" ? view.getUint8(0) !== 0 : numberAt(view, 0, type);
}

/** 64-bit integers beyond 2^53 lose their last digits; whoever uses a fact checks its range anyway. */
function numberAt(view: DataView, at: number, type: ValueType): number {
  if (type === "u8" || type === "bool") return view.getUint8(at);
  if (type === "i8") return view.getInt8(at);
  if (type === "u16") return view.getUint16(at, true);
  if (type === "i16") return view.getInt16(at, true);
  if (type === "u32") return view.getUint32(at, true);
  if (type === "i32") return view.getInt32(at, true);
  if (type === "f32") return view.getFloat32(at, true);
  if (type === "u64") return Number(view.getBigUint64(at, true));
  if (type === "i64") return Number(view.getBigInt64(at, true));
  return view.getFloat64(at, true);
}

function readArray(cursor: GgufCursor, key: string, values: GgufValues): void {
  const { type, length } = readArrayHead(cursor, key);
  values.kinds.set(key, { type: "array", of: type.name, length });
  if (type.bytes) {
    const { bytes, name } = type;
    const view = cursor.view(length * bytes);
    if (length > keptArrayLengthMax) return;
    values.facts.set(
      key,
      Array.from({ length }, (_, i) => numberAt(view, i * bytes, name)),
    );
  } else if (key === tokensKey && type.name === "string") {
    values.vocabulary = surveyTokens(cursor, length);
  } else {
    skipElements(cursor, key, type, length, 1);
  }
}

function readArrayHead(cursor: GgufCursor, key: string): { type: Type; length: number } {
  const type = readType(cursor, key);
  const length = cursor.count("array elements", Number.MAX_SAFE_INTEGER);
  cursor.expect(length * (type.bytes ?? leastBytes[type.name]));
  return { type, length };
}

function skipElements(cursor: GgufCursor, key: string, type: Type, length: number, depth: number): void {
  if (type.bytes) return void cursor.view(length * type.bytes);
  if (depth >= arrayDepthMax) throw bad(`its key ${shownKey(key)} nests arrays deeper than ${arrayDepthMax}`);
  for (let i = 0; i < length; i++) {
    if (type.name === "string") {
      cursor.skipString();
      continue;
    }
    const inner = readArrayHead(cursor, key);
    skipElements(cursor, key, inner.type, inner.length, depth + 1);
  }
}
