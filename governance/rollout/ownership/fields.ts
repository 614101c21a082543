/**
 * Sets of fields as server-side apply keeps them (`FieldsV1`): `f:name` is a member of a mapping, `k:{…}` and `v:…` are
 * members of a list, `.` is the thing itself, and what has nothing below it is a leaf.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { JsonObject, JsonValue } from "../../../operator/tlog/canonical-json.ts";

export interface Fields {
  readonly [member: string]: Fields;
}

export const leaf: Fields = {};
const itself = ".";

/** The set of this one field, or of what is within it. */
export function fieldsAt(path: readonly string[], within: Fields = leaf): Fields {
  return path.reduceRight<Fields>((below, name) => ({ [`f:${name}`]: below }), within);
}

export function below(fields: Fields | undefined, path: readonly string[]): Fields | undefined {
  return path.reduce<Fields | undefined>((within, name) => within?.[`f:${name}`], fields);
}

/** Whether the field, something in it, or something that it is in, is in the set. */
export function touches(fields: Fields, path: readonly string[]): boolean {
  let within = fields;
  for (const name of path) {
    const next = within[`f:${name}`];
    if (!next) return false;
    if (isLeaf(next)) return true;
    within = next;
  }
  return true;
}

export function union(a: Fields, b: Fields): Fields {
  if (isLeaf(a)) return isLeaf(b) ? leaf : { ...b, [itself]: leaf };
  if (isLeaf(b)) return { ...a, [itself]: leaf };
  const joined: Record<string, Fields> = { ...a };
  for (const [member, fields] of Object.entries(b)) {
    const before = joined[member];
    joined[member] = before ? union(before, fields) : fields;
  }
  return joined;
}

/** `fields` without everything that `taken` has; undefined when nothing is left. */
export function without(fields: Fields, taken: Fields): Fields | undefined {
  if (isLeaf(taken)) return undefined;
  if (isLeaf(fields)) return fields;
  const left: Record<string, Fields> = {};
  for (const [member, within] of Object.entries(fields)) {
    const gone = taken[member];
    const rest = gone ? without(within, gone) : within;
    if (rest) left[member] = rest;
  }
  return Object.keys(left).every((member) => member === itself) ? undefined : left;
}

/** What of `fields` speaks of something that `value` does not have; undefined when there is nothing. */
export function beyond(fields: Fields, value: JsonValue | undefined): Fields | undefined {
  if (value === undefined) return fields;
  const found: Record<string, Fields> = {};
  for (const [member, within] of Object.entries(fields)) {
    const more = beyondMember(member, within, value);
    if (more) found[member] = more;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

function beyondMember(member: string, within: Fields, value: JsonValue): Fields | undefined {
  const text = member.slice(2);
  switch (member.slice(0, 2)) {
    case "f:":
      return isMapping(value) ? beyond(within, value[text]) : undefined;
    case "v:":
      return Array.isArray(value) && !value.includes(JSON.parse(text) as JsonValue) ? within : undefined;
    case "k:":
      return Array.isArray(value) ? beyond(within, itemWith(value, text)) : undefined;
    default:
      return undefined;
  }
}

function itemWith(list: readonly JsonValue[], keyText: string): JsonValue | undefined {
  const keys = Object.entries(JSON.parse(keyText) as JsonObject);
  return list.find((item) => isMapping(item) && keys.every(([name, value]) => item[name] === value));
}

/** Whether every field of `value` is in the set. Lists count as a whole: their members are compared by value. */
export function covers(fields: Fields | undefined, value: JsonValue): boolean {
  if (!fields) return false;
  if (!isMapping(value) || isLeaf(fields)) return true;
  return Object.entries(value).every(([name, within]) => covers(fields[`f:${name}`], within));
}

export function isMapping(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLeaf(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
