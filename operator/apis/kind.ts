import type { z } from "zod";
import { type apiVersion, group, version } from "./group.ts";

/** A column of `kubectl get`. `priority` above 0 shows it with `-o wide` only. */
export interface PrinterColumn {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "date";
  jsonPath: string;
  description: string;
  priority?: number;
}

/** A sentence that the API server gives when `rule` (CEL over `self`) does not hold. */
export interface Rule {
  rule: string;
  message?: string;
  /** CEL that makes the sentence, where it needs values from the object. */
  messageExpression?: string;
  fieldPath?: string;
  reason?: "FieldValueInvalid" | "FieldValueRequired" | "FieldValueForbidden" | "FieldValueDuplicate";
}

/** Puts rules on the part of a schema that they speak of; there `self` is that part. */
export function rules(...list: readonly Rule[]): { "x-kubernetes-validations": readonly Rule[] } {
  return { "x-kubernetes-validations": list };
}

/** Everything the CRD of a kind is generated from. */
export interface Kind<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  scope: "Namespaced" | "Cluster";
  description: string;
  spec: Spec;
  status?: Status;
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  columns: readonly PrinterColumn[];
  /** Rules over the whole object; rules over a part sit on that part through `.meta`. */
  rules: readonly Rule[];
}

/** What `operator/kube` needs to address objects of the kind. */
export function resourceOf(kind: Pick<Kind, "kind" | "plural" | "scope">) {
  return { group, version, kind: kind.kind, plural: kind.plural, namespaced: kind.scope === "Namespaced" } as const;
}

/** Metadata as read from the API server: loose, because others may write what we do not know. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** An object of ours as the API server gives it: `spec` with its defaults filled in, `status` absent until first written. */
export interface KindObject<Name extends string, Spec, Status> {
  apiVersion: typeof apiVersion;
  kind: Name;
  metadata: ObjectMeta;
  spec: Spec;
  status?: Status;
}
