/** The part of an object that people write: what a policy holds, and what of a live object can be compared with it. */
import { isDeepStrictEqual } from "node:util";
import { group } from "../../operator/apis/group.ts";

export interface Written {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: unknown;
}

/** `object`: as a file or the API server has it. */
export function written(kind: string, object: { readonly metadata?: unknown; readonly spec?: unknown }): Written {
  const { name, namespace, labels, annotations } = recordOf(object.metadata);
  const metadata = { name, namespace, labels: authored(labels), annotations: authored(annotations) };
  const there = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return { metadata: Object.fromEntries(there), spec: specOf(kind, object.spec) };
}

export function sameWritten(a: Written, b: Written): boolean {
  return isDeepStrictEqual(a, b);
}

/** What kubectl writes down for itself repeats the object; what we write down for ourselves is in no file. */
const bookkeeping = "kubectl.kubernetes.io/last-applied-configuration";
const ours = `${group}/`;

/** Labels or annotations as somebody wrote them; undefined where nobody did. */
function authored(entries: unknown): Readonly<Record<string, unknown>> | undefined {
  const kept = Object.entries(recordOf(entries)).filter(([name]) => name !== bookkeeping && !name.startsWith(ours));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Members' keys belong to the members: they are not of the policy, and their hashes are nobody's business here. */
function specOf(kind: string, spec: unknown): unknown {
  if (kind !== "Member") return spec;
  const { keys: _, ...rest } = recordOf(spec);
  return rest;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
