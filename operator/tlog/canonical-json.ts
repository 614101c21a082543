/**
 * One spelling for one meaning: JSON as RFC 8785 writes it (names sorted, one form of each number and text), so that
 * whoever has the data has the bytes that were hashed. The package `canonicalize` does the writing. It also takes what JSON
 * cannot say: it leaves out a member that is undefined, writes a hole as null and a function as `undefined` (which is no
 * JSON), calls `toJSON`, and ends in a stack overflow for deep data. Two different values would then have one digest. All
 * of that is refused here, before anything is written.
 */
import canonicalize from "canonicalize";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** How many lists and objects may be within each other. */
export const canonicalDepthMax = 64;

/** The canonical form. Throws a `TypeError` that names the place for anything that JSON cannot say. */
export function canonicalJson(value: JsonValue): string {
  refuseOtherThanJson(value, "the value", []);
  return canonicalize(value) as string;
}

/**
 * The data of a text that is in canonical form, to the byte. Throws a `SyntaxError` for any other: with spaces, with another
 * order, with a name twice, of which another reader might take the other one.
 */
export function parseCanonicalJson(text: string): JsonValue {
  const value = JSON.parse(text) as JsonValue;
  if (!isSurelyCanonical(text, value) && spelled(value) !== text) {
    throw new SyntaxError("this JSON is not in its canonical form (RFC 8785): write it with canonicalJson");
  }
  return value;
}

/**
 * The quick answer for nearly all that is read, ten times as fast as writing it again: the RFC writes numbers and texts as JavaScript
 * does, so what is left are the order of names and halves of surrogate pairs, which JavaScript writes escaped.
 */
function isSurelyCanonical(text: string, value: JsonValue): boolean {
  return JSON.stringify(value) === text && !text.includes("\\ud") && hasNamesInOrder(value, canonicalDepthMax);
}

function hasNamesInOrder(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => hasNamesInOrder(item, levels - 1));
  const object = value as JsonObject;
  const names = Object.keys(object);
  return names.every(
    (name, at) => (at === 0 || name > (names[at - 1] ?? "")) && hasNamesInOrder(object[name] as JsonValue, levels - 1),
  );
}

function spelled(value: JsonValue): string {
  try {
    return canonicalJson(value);
  } catch (cause) {
    throw new SyntaxError("this JSON has no canonical form (RFC 8785)", { cause });
  }
}

/** `within`: the lists and objects around it, the outermost first. */
function refuseOtherThanJson(value: unknown, place: string, within: readonly object[]): void {
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "object") refuseInside(value, place, within);
  else if (typeof value === "string") refuseHalfCharacters(value, place);
  else if (typeof value !== "number") throw refusal(place, `is ${typeof value}, which JSON cannot say`);
  else if (!Number.isFinite(value)) throw refusal(place, `is ${value}, which JSON cannot say`);
}

function refuseInside(value: object, place: string, within: readonly object[]): void {
  if (within.includes(value)) throw refusal(place, "holds itself");
  if (within.length === canonicalDepthMax) throw refusal(place, `is deeper than ${canonicalDepthMax} levels`);
  if (Array.isArray(value)) refuseInList(value, place, [...within, value]);
  else refuseInObject(value, place, [...within, value]);
}

function refuseInList(list: readonly unknown[], place: string, within: readonly object[]): void {
  if (Reflect.ownKeys(list).length !== list.length + 1) throw refusal(place, "has holes or more than its items");
  for (const [at, item] of list.entries()) refuseOtherThanJson(item, `${place}[${at}]`, within);
}

function refuseInObject(value: object, place: string, within: readonly object[]): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refusal(place, "is more than data");
  const members = Object.entries(value);
  if (members.length !== Reflect.ownKeys(value).length) throw refusal(place, "has members that JSON would not show");
  for (const [name, member] of members) {
    refuseHalfCharacters(name, place);
    refuseOtherThanJson(member, `${place}.${name}`, within);
  }
}

function refuseHalfCharacters(text: string, place: string): void {
  if (/\p{Cs}/u.test(text)) throw refusal(place, "has half of a surrogate pair, which UTF-8 cannot say");
}

function refusal(place: string, why: string): TypeError {
  return new TypeError(`${place} ${why}`);
}
