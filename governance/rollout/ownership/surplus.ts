/**
 * Fields that have to go, and how they become ours so that applying takes them away. Server-side apply removes only what the
 * same manager applied before; what others put beside it would stay. So their ownership is taken over first, by an edit of
 * `managedFields` alone (as `kubectl` does when it moves an object to server-side apply), and the apply that follows sets what
 * the policy says and drops the rest, in one write.
 */
import { fieldManagers } from "../../../operator/apis/group.ts";
import type { JsonValue } from "../../../operator/tlog/canonical-json.ts";
import { type Desired, specOf } from "../desired.ts";
import type { Difference } from "../difference/spec-differences.ts";
import type { GovernedKind } from "../kinds.ts";
import type { LiveObject } from "../live.ts";
import { type Claim, entryOf, isOurs, othersClaims, ourClaim } from "./claims.ts";
import { beyond, type Fields, fieldsAt, isMapping, union, without } from "./fields.ts";

/** Below `spec`; undefined when nothing has to go. */
export function surplusOf(
  desired: Desired,
  kind: GovernedKind,
  live: LiveObject,
  differences: readonly Difference[],
): Fields | undefined {
  const said = specOf(desired.object);
  const foreign = othersClaims(live.claims).flatMap(({ fields }) => foreignIn(fields, said, kind) ?? []);
  const ours = ourClaim(live.claims)?.fields["f:spec"];
  const unowned = differences.flatMap(({ path, unwanted }) => {
    const fields = unwanted && fieldsAt(path.slice(1), unwanted);
    return (fields && ours ? without(fields, ours) : fields) ?? [];
  });
  return [...foreign, ...unowned].reduce<Fields | undefined>(joined, undefined);
}

/** `managedFields` in which the surplus is ours. */
export function managedFieldsWith(surplus: Fields, desired: Desired, kind: GovernedKind, live: LiveObject): object[] {
  const taken: Fields = { "f:spec": surplus };
  const said = specOf(desired.object);
  const others = live.claims.flatMap((claim): Claim[] => {
    if (isOurs(claim)) return [];
    const foreign = claim.subresource === "status" ? undefined : foreignIn(claim.fields, said, kind);
    const fields = foreign ? without(claim.fields, { "f:spec": foreign }) : claim.fields;
    return fields ? [{ ...claim, fields }] : [];
  });
  const before = live.claims.find(isOurs);
  const ours = before ? { ...before, fields: union(before.fields, taken) } : newClaim(kind, taken);
  return [...others, ours].map(entryOf);
}

function newClaim({ type }: GovernedKind, fields: Fields): Claim {
  const { governance: manager } = fieldManagers;
  const apiVersion = `${type.group}/${type.version}`;
  return { manager, operation: "Apply", subresource: undefined, apiVersion, time: undefined, fields };
}

function foreignIn(fields: Fields, said: JsonValue, { leftToOthers }: GovernedKind): Fields | undefined {
  const spec = fields["f:spec"];
  const found = spec && beyond(spec, said);
  return leftToOthers.reduce<Fields | undefined>((rest, dotted) => {
    const path = dotted.split(".").slice(1);
    return rest && valueAt(said, path) === undefined ? without(rest, fieldsAt(path)) : rest;
  }, found);
}

function joined(a: Fields | undefined, b: Fields): Fields {
  return a ? union(a, b) : b;
}

function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((within, name) => (isMapping(within) ? within[name] : undefined), value);
}
