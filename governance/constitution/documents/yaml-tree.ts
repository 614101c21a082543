/** Turns the nodes of a YAML document into plain data and remembers where each part stood. */
import { isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap } from "yaml";
import { printable } from "../../../operator/text/printable.ts";
import { type LineStarts, type Path, Places, shownPath } from "./places.ts";
import type { YamlFault } from "./plain-yaml.ts";
import type { YamlLimits } from "./yaml-limits.ts";

export type JsonValue = string | number | boolean | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export interface Tree {
  readonly data: JsonValue;
  readonly places: Places;
  readonly faults: readonly YamlFault[];
}

interface Reading {
  readonly limits: YamlLimits;
  readonly lines: LineStarts;
  readonly places: Places;
  readonly faults: YamlFault[];
}

export function readTree(root: unknown, limits: YamlLimits, lines: LineStarts): Tree {
  const reading: Reading = { limits, lines, places: new Places(), faults: [] };
  const data = dataOf(root, [], 0, reading);
  return { data, places: reading.places, faults: reading.faults };
}

/** `around`: the offset to name where nothing is written. */
function dataOf(node: unknown, path: Path, around: number, reading: Reading): JsonValue {
  const offset = offsetOf(node, around);
  reading.places.setValue(path, reading.lines.placeOf(offset));
  if (isMap(node)) return mappingOf(node, path, offset, reading);
  if (isSeq(node)) return node.items.map((item, index) => dataOf(item, [...path, index], offset, reading));
  if (isScalar(node)) return scalarOf(node, path, offset, reading);
  reading.faults.push({ offset, path: shownPath(path), ...nothingHere });
  return "";
}

const nothingHere = { reason: "nothing is written here", fix: "write a value, or leave the field out" };

function mappingOf(map: YAMLMap, path: Path, around: number, reading: Reading): JsonValue {
  const data: Record<string, JsonValue> = {};
  for (const pair of map.items) {
    const offset = offsetOf(pair.key, around);
    const name = nameOf(pair, path, offset, reading);
    if (name === undefined) continue;
    if (Object.hasOwn(data, name)) {
      reading.faults.push({
        offset,
        path: shownPath([...path, name]),
        reason: `${printable(name, 64)} is written twice in one mapping`,
        fix: "keep one of the two",
      });
      continue;
    }
    reading.places.setKey([...path, name], reading.lines.placeOf(offset));
    data[name] = dataOf(pair.value, [...path, name], offset, reading);
  }
  return data;
}

function nameOf({ key }: Pair, path: Path, offset: number, { limits, faults }: Reading): string | undefined {
  const refuse = (reason: string, fix: string): undefined => {
    faults.push({ offset, path: shownPath(path), reason, fix });
    return undefined;
  };
  if (!isScalar(key) || typeof key.value !== "string") {
    return refuse("the name of a field is not text here", "write a plain word before the colon");
  }
  const name = key.value;
  if (name === "<<") return refuse("a merge key (<<) takes fields from elsewhere", "write the fields out");
  // An assignment to data["__proto__"] would set no field but what the object inherits from.
  if (name === "__proto__") return refuse("no field can have the name __proto__", "delete it");
  if (name.length > limits.scalarCharsMax) return refuse("the name of a field is too long here", "shorten it");
  return name;
}

/** What YAML 1.1 reads as true, false or a number, and YAML 1.2 as text. */
const olderWords = /^(y|yes|n|no|on|off|[-+]?[0-9][0-9_]*_[0-9_]*|[-+]?0[0-9]+|[-+]?0b[01_]+)$/i;
const plainNumber = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

function scalarOf(scalar: Scalar, path: Path, offset: number, { limits, faults }: Reading): JsonValue {
  const refuse = (reason: string, fix: string): JsonValue => {
    faults.push({ offset, path: shownPath(path), reason, fix });
    return "";
  };
  const { value, source = "" } = scalar;
  const shown = printable(source, 40);
  if (typeof value === "string") {
    if (value.length > limits.scalarCharsMax) {
      return refuse(`the text has ${value.length} characters, ${limits.scalarCharsMax} are the most`, "shorten it");
    }
    if (scalar.type === Scalar.PLAIN && olderWords.test(value)) {
      return refuse(`${shown} means different things to different parsers`, "write true or false, or quote it as text");
    }
    return value;
  }
  if (typeof value === "boolean") {
    return source === "true" || source === "false" ? value : refuse(`${shown} is written unusually`, `write ${value}`);
  }
  if (typeof value === "number") {
    const isPlain = plainNumber.test(source) && Number.isFinite(value);
    if (!isPlain || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      return refuse(`${shown} is no plain decimal number`, "write digits, or quote it as text");
    }
    return Object.is(value, -0) ? 0 : value;
  }
  return refuse(nothingHere.reason, nothingHere.fix);
}

function offsetOf(node: unknown, around: number): number {
  const range = (node as Node | null | undefined)?.range;
  return range ? range[0] : around;
}
