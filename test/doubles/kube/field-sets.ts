/** Sets of fields of a value, as server-side apply makes them of a schema; written apart from the code under test. */
import type { StructuralSchema } from "../../../operator/apis/generate/structural.ts";

export interface FieldSet {
  [member: string]: FieldSet;
}

type Json = unknown;

export function fieldSetOf(value: Json, schema: StructuralSchema | undefined): FieldSet {
  if (isMapping(value)) {
    const entries = Object.entries(value).map(([name, within]) => [
      `f:${name}`,
      fieldSetOf(within, memberSchema(schema, name)),
    ]);
    return Object.fromEntries(entries) as FieldSet;
  }
  if (!Array.isArray(value)) return {};
  const idOf = memberId(schema);
  if (!idOf) return {};
  const entries = value.map((item: Json) => [idOf(item), isMapping(item) ? fieldSetOf(item, schema?.items) : {}]);
  return Object.fromEntries(entries) as FieldSet;
}

export function memberSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  return schema?.properties?.[name] ?? schema?.additionalProperties;
}

/** Undefined for a list that is one value. */
export function memberId(schema: StructuralSchema | undefined): ((item: Json) => string) | undefined {
  const type = schema?.["x-kubernetes-list-type"];
  if (type === "set") return (item) => `v:${JSON.stringify(item)}`;
  if (type !== "map") return undefined;
  const keys = schema?.["x-kubernetes-list-map-keys"] as string[];
  return (item) => `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, (item as never)[key]])))}`;
}

/** Paths to the leaves, and to what is named with a `.`. */
export function leaves(set: FieldSet, at: readonly string[] = []): string[] {
  const members = Object.entries(set);
  if (members.length === 0) return [at.join("\n")];
  return members.flatMap(([member, within]) => (member === "." ? [at.join("\n")] : leaves(within, [...at, member])));
}

export function setOfLeaves(paths: readonly string[]): FieldSet {
  const set: FieldSet = {};
  for (const path of paths.toSorted()) {
    let within = set;
    for (const member of path === "" ? [] : path.split("\n")) {
      within[member] ??= {};
      within = within[member];
    }
  }
  return set;
}

export function isMapping(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
