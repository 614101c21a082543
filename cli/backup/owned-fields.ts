/**
 * Which part of an object each of its field managers wrote. Put back by one of them, everything would be its own from then on: a decision
 * that removes a field would leave it, and an API key would become governance's. So each part is applied under its writer's name again.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { KubeObject } from "../../operator/kube/resource.ts";

/** `FieldsV1`: `f:name` a member, `k:{…}` an item by its keys, `v:…` an item by its value, `.` the thing itself. */
type Fields = { readonly [key: string]: Fields };

interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Fields;
}

export interface OwnedPart {
  readonly manager: string;
  readonly metadata: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: unknown;
}

/** Of labels, annotations and spec; who wrote only other things (status, finalizers) is left out. In the order of `managedFields`. */
export function ownedParts(object: KubeObject & { readonly spec?: unknown }): OwnedPart[] {
  const managed = (object.metadata as { managedFields?: readonly ManagedFields[] }).managedFields ?? [];
  const fields = new Map<string, Fields>();
  for (const { manager = "", subresource, fieldsV1 } of managed) {
    if (subresource || !fieldsV1) continue;
    fields.set(manager, merged(fields.get(manager) ?? {}, fieldsV1));
  }
  const { labels, annotations } = object.metadata;
  const told = { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) }, spec: object.spec };
  return [...fields].flatMap(([manager, owned]) => {
    const part = extract(told, owned) as { metadata?: OwnedPart["metadata"]; spec?: unknown };
    const metadata = part.metadata ?? {};
    if (part.spec === undefined && Object.keys(metadata).length === 0) return [];
    return [{ manager, metadata, ...(part.spec !== undefined && { spec: part.spec }) }];
  });
}

function extract(value: unknown, fields: Fields): unknown {
  const names = Object.keys(fields).filter((name) => name !== ".");
  if (Array.isArray(value)) return names.length === 0 && !("." in fields) ? value : itemsOf(value, fields, names);
  if (typeof value !== "object" || value === null) return value;
  if (names.length === 0) return "." in fields ? {} : value;
  const whole = value as Record<string, unknown>;
  const members = names.flatMap((name): [string, unknown][] => {
    const key = name.slice(2);
    const below = fields[name];
    return name.startsWith("f:") && below && whole[key] !== undefined ? [[key, extract(whole[key], below)]] : [];
  });
  return Object.fromEntries(members);
}

function itemsOf(list: readonly unknown[], fields: Fields, names: readonly string[]): unknown[] {
  return list.flatMap((item) => {
    const name = names.find((one) => isMeant(item, one));
    const below = name === undefined ? undefined : fields[name];
    return below ? [extract(item, below)] : [];
  });
}

function isMeant(item: unknown, name: string): boolean {
  const said: unknown = /^[kv]:/.test(name) ? JSON.parse(name.slice(2)) : undefined;
  if (name.startsWith("v:")) return JSON.stringify(item) === JSON.stringify(said);
  if (typeof said !== "object" || said === null || typeof item !== "object" || item === null) return false;
  return Object.entries(said).every(([key, value]) => (item as Record<string, unknown>)[key] === value);
}

function merged(one: Fields, other: Fields): Fields {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, merged(one[name] ?? {}, other[name] ?? {})]));
}
