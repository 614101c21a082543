/** `metadata.managedFields`, read once: who owns which fields of an object, and since when. */
import { fieldManagers } from "../../../operator/apis/group.ts";
import type { ObjectMeta } from "../../../operator/kube/resource.ts";
import type { Fields } from "./fields.ts";

export interface Claim {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string | undefined;
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly fields: Fields;
}

/** As the API server gives and takes it. */
interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  subresource?: string | undefined;
  apiVersion?: string;
  time?: string | undefined;
  fieldsType?: string;
  fieldsV1?: Fields;
}

export function claimsOf(metadata: ObjectMeta): readonly Claim[] {
  const { managedFields } = metadata as ObjectMeta & { managedFields?: readonly ManagedFieldsEntry[] };
  return (managedFields ?? []).map((entry) => ({
    manager: entry.manager ?? "",
    operation: entry.operation ?? "",
    subresource: entry.subresource || undefined,
    apiVersion: entry.apiVersion ?? "",
    time: entry.time,
    fields: kept(entry.fieldsV1 ?? {}),
  }));
}

/** What governance applied. */
export function ourClaim(claims: readonly Claim[]): Claim | undefined {
  return claims.find(isOurs);
}

export function isOurs({ manager, operation, subresource }: Claim): boolean {
  return manager === fieldManagers.governance && operation === "Apply" && subresource === undefined;
}

/** Claims of others that can hold a governed field; a status is the operator's. */
export function othersClaims(claims: readonly Claim[]): readonly Claim[] {
  return claims.filter((claim) => !isOurs(claim) && claim.subresource !== "status");
}

export function entryOf({ manager, operation, subresource, apiVersion, time, fields }: Claim): object {
  return {
    ...{ manager, operation, apiVersion, fieldsType: "FieldsV1", fieldsV1: fields },
    ...(time !== undefined && { time }),
    ...(subresource !== undefined && { subresource }),
  };
}

/** Thousands of objects have the same few sets of fields: each is kept once. */
const sets = new Map<string, Fields>();
const setsMax = 4_096;

function kept(fields: Fields): Fields {
  const text = JSON.stringify(fields);
  const known = sets.get(text);
  if (known) return known;
  if (sets.size >= setsMax) sets.clear();
  sets.set(text, fields);
  return fields;
}
