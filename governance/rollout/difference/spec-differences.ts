/**
 * Where a live spec is not what the policy repository says. The repository says all of it: a field that it leaves out has the
 * default of the kind, so that nobody can add to a governed object what nobody voted for. Only a few named parts are left to
 * others (`Member.spec.keys`).
 */
import type { StructuralSchema } from "../../../operator/apis/generate/structural.ts";
import { canonicalJson, type JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { type Fields, isMapping, leaf } from "../ownership/fields.ts";
import { memberOf, withDefaults } from "./defaults.ts";

export interface Difference {
  /** Names of fields from `spec` on; a list that differs is named as a whole. */
  readonly path: readonly string[];
  /** The policy repository speaks of the field. If not, something is there that should have the default, or not be. */
  readonly isSaid: boolean;
  /** What is there, from the field on, and has to be taken away: overwriting it is not enough. */
  readonly unwanted: Fields | undefined;
}

export interface SpecRules {
  readonly schema: StructuralSchema;
  /** Paths that others may own where the policy says nothing of them, dotted: `spec.keys`. */
  readonly leftToOthers: readonly string[];
}

export function specDifferences(said: JsonValue, live: JsonValue | undefined, rules: SpecRules): Difference[] {
  const found: Difference[] = [];
  const want = withDefaults(rules.schema, said);
  compare({ said, want, have: live, schema: rules.schema, path: ["spec"] }, rules.leftToOthers, found);
  return found;
}

interface Place {
  readonly said: JsonValue | undefined;
  readonly want: JsonValue | undefined;
  readonly have: JsonValue | undefined;
  readonly schema: StructuralSchema | undefined;
  readonly path: readonly string[];
}

function compare(place: Place, leftToOthers: readonly string[], found: Difference[]): void {
  const { said, want, have, schema, path } = place;
  if (said === undefined && leftToOthers.includes(path.join("."))) return;
  if (isMapping(want) && isMapping(have)) {
    for (const name of namesOf(want, have)) {
      const within = isMapping(said) ? said[name] : undefined;
      const inner = { said: within, want: want[name], have: have[name], schema: memberOf(schema, name) };
      compare({ ...inner, path: [...path, name] }, leftToOthers, found);
    }
    return;
  }
  if (same(want, have, schema?.["x-kubernetes-list-type"])) return;
  const isSaid = said !== undefined;
  const unwanted = have === undefined ? undefined : isSaid ? unwantedMembers(said, have, schema) : leaf;
  found.push({ path, isSaid, unwanted });
}

/** Of a list whose members several managers may own. */
function unwantedMembers(said: JsonValue, have: JsonValue, schema: StructuralSchema | undefined): Fields | undefined {
  if (!Array.isArray(said) || !Array.isArray(have)) return undefined;
  const idOf = memberIdOf(schema);
  const wanted = new Set(said.map(idOf));
  const unwanted = have.map(idOf).filter((id) => id !== undefined && !wanted.has(id));
  return unwanted.length === 0 ? undefined : Object.fromEntries(unwanted.map((id) => [id, leaf]));
}

/** As `FieldsV1` names a member; undefined where the list is one value. */
function memberIdOf(schema: StructuralSchema | undefined): (member: JsonValue) => string | undefined {
  const keys = (schema?.["x-kubernetes-list-map-keys"] ?? []) as readonly string[];
  switch (schema?.["x-kubernetes-list-type"]) {
    case "set":
      return (member) => `v:${JSON.stringify(member)}`;
    case "map":
      return (member) => {
        const entries = keys.map((key) => [key, isMapping(member) ? member[key] : undefined]);
        return `k:${JSON.stringify(Object.fromEntries(entries))}`;
      };
    default:
      return () => undefined;
  }
}

function namesOf(want: object, have: object): string[] {
  const names = Object.keys(want);
  for (const name of Object.keys(have)) if (!Object.hasOwn(want, name)) names.push(name);
  return names;
}

function same(want: JsonValue | undefined, have: JsonValue | undefined, listType: unknown): boolean {
  if (want === have) return true;
  if (want === undefined || have === undefined) return false;
  if (!Array.isArray(want) || !Array.isArray(have) || want.length !== have.length) return equal(want, have);
  // The order of members that have an identity is the API server's.
  if (listType !== "set" && listType !== "map") return equal(want, have);
  return equal(want.map(canonical).toSorted(), have.map(canonical).toSorted());
}

function canonical(value: JsonValue): string {
  return canonicalJson(value);
}

function equal(a: JsonValue, b: JsonValue): boolean {
  return typeof a === "object" && typeof b === "object" ? canonicalJson(a) === canonicalJson(b) : a === b;
}
