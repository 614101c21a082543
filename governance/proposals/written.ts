/** The part of an object that people write: what a policy holds, and what of a live object can be compared with it. */
import { isDeepStrictEqual } from "node:util";

export interface Written {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: unknown;
}

/** `object`: as a file or the API server has it. */
export function written(kind: string, object: { readonly metadata?: unknown; readonly spec?: unknown }): Written {
  const { name, namespace, labels, annotations } = recordOf(object.metadata);
  const { [bookkeeping]: _, ...others } = recordOf(annotations);
  const metadata = { name, namespace, labels, annotations: Object.keys(others).length > 0 ? others : undefined };
  const there = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return { metadata: Object.fromEntries(there), spec: specOf(kind, object.spec) };
}

export function sameWritten(a: Written, b: Written): boolean {
  return isDeepStrictEqual(a, b);
}

/** What kubectl writes down for itself repeats the object. */
const bookkeeping = "kubectl.kubernetes.io/last-applied-configuration";

/** Members' keys belong to the members: they are not of the policy, and their hashes are nobody's business here. */
function specOf(kind: string, spec: unknown): unknown {
  if (kind !== "Member") return spec;
  const { keys: _, ...rest } = recordOf(spec);
  return rest;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
