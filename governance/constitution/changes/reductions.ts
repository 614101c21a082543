/**
 * What an emergency may do: only take away. Field by field of each changed object, a change is a reduction of a kind that
 * the constitution allows, or it is named. New files, deleted files, other fields and other values are none: a deletion
 * cannot be undone as simply as a pause, and everything else could grant.
 */
import type { EmergencyPower } from "../documents/constitution-schema.ts";
import type { JsonValue } from "../documents/yaml-tree.ts";
import type { Change } from "../snapshot.ts";
import type { MembershipChange } from "./membership-change.ts";

export interface Grant {
  readonly path: string;
  /** Continues a sentence that begins with the path. */
  readonly what: string;
}

interface Reduction {
  readonly power: EmergencyPower;
  readonly allows: (after: JsonValue | undefined, change: Change) => boolean;
}

const stop: Reduction = { power: "suspend", allows: (after) => after === true };

/** By kind and field. */
const reductions: Readonly<Record<string, Readonly<Record<string, Reduction>>>> = {
  ModelDeployment: {
    "spec.replicas": { power: "scaleToZero", allows: (after) => after === 0 },
    "spec.model.digest": {
      power: "pinPrevious",
      allows: (after, { earlierDigests = [] }) => typeof after === "string" && earlierDigests.includes(after),
    },
    // A pin and following the tag exclude each other.
    "spec.update": { power: "pinPrevious", allows: (after) => after === "Propose" },
    "spec.suspended": stop,
  },
  ModelHost: { "spec.pause": stop },
  ModelRoute: { "spec.suspended": stop },
  CloudProvider: { "spec.suspended": stop },
};

/** What in a change of an object is no reduction that `may` allows. */
export function grantsOf(change: Change, may: readonly EmergencyPower[]): Grant[] {
  const { path, kind, before, after } = change;
  if (kind !== "modified") return [{ path, what: `is ${kind}, not only reduced` }];
  if (before === undefined || after === undefined) return [{ path, what: "cannot be compared with what it was" }];
  const kindName = textAt(before, "kind");
  const known = kindName !== undefined && Object.hasOwn(reductions, kindName) ? reductions[kindName] : undefined;
  return differences(before, after, "").flatMap(({ field, value }) => {
    const reduction = known && Object.hasOwn(known, field) ? known[field] : undefined;
    if (!reduction?.allows(value, change)) return [{ path, what: `changes ${field}` }];
    return may.includes(reduction.power)
      ? []
      : [{ path, what: `changes ${field}, and ${reduction.power} is not among its powers` }];
  });
}

/** What in a change of members is more than taking members or keys away. `others`: whether anything else differs. */
export function membershipGrants(
  change: MembershipChange,
  others: readonly string[],
  may: readonly EmergencyPower[],
): string[] {
  return [
    ...(may.includes("revokeMember") ? [] : ["revokes members, and revokeMember is not among its powers"]),
    ...change.added.map(({ name }) => `adds ${name}`),
    ...change.rolesChanged.map(({ name }) => `changes the roles of ${name}`),
    ...others.map((name) => `changes more of ${name} than keys taken away`),
  ];
}

interface Difference {
  readonly field: string;
  readonly value: JsonValue | undefined;
}

/** Leaves that differ; a list is one leaf. */
function differences(before: JsonValue | undefined, after: JsonValue | undefined, field: string): Difference[] {
  if (isMapping(before) && isMapping(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .toSorted()
      .flatMap((name) => differences(own(before, name), own(after, name), field === "" ? name : `${field}.${name}`));
  }
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : [{ field: field === "" ? "everything" : field, value: after }];
}

function isMapping(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === "object" && !Array.isArray(value);
}

function own(mapping: { readonly [name: string]: JsonValue }, name: string): JsonValue | undefined {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined;
}

function textAt(value: JsonValue, name: string): string | undefined {
  const found = isMapping(value) ? own(value, name) : undefined;
  return typeof found === "string" ? found : undefined;
}
