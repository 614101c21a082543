/**
 * The policy repository as data: which objects a tree wants in the cluster. Reading it checks everything that can be known
 * without a cluster; whatever is wrong is a `Problem` with file, line and what to do, and then there is no policy.
 */

import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import type { Constitution, Sealed } from "../constitution/documents/constitution.ts";
import type { Members } from "../constitution/documents/members.ts";

export interface Policy {
  readonly constitution: Sealed<Constitution>;
  readonly members: Sealed<Members>;
  /** Every object, in the order of their files. Members come from `members.yaml`. */
  readonly objects: readonly GovernedObject[];
  /** Removals that `confirmations.yaml` names. */
  readonly confirmations: readonly ObjectName[];
}

export interface ObjectName {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface GovernedObject extends ObjectName {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Where it is written, for sentences: file and line. */
  readonly file: string;
  readonly line: number;
  /** `metadata` (name, namespace, labels, annotations) and `spec`, as it is applied. */
  readonly body: JsonObject;
  /** `sha256:…` of `body`. */
  readonly digest: string;
}

/** `ModelDeployment community/smollm2`. */
export function objectTitle({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

export function objectKey({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}
