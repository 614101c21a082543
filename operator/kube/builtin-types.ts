/** The kinds of Kubernetes itself that the plumbing writes, and those that nearly every caller reads. */

import type { KubeObject, ObjectMeta, ResourceType } from "./resource.ts";

export interface ConfigMap extends KubeObject {
  data?: Record<string, string> | undefined;
  binaryData?: Record<string, string> | undefined;
}

export interface Secret extends KubeObject {
  type?: string | undefined;
  /** Values in base64. */
  data?: Record<string, string> | undefined;
  stringData?: Record<string, string> | undefined;
}

export interface Namespace extends KubeObject {
  status?: { phase?: string };
}

/** Loose on purpose: what a reader needs, it narrows. */
export interface NodeObject extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
  status?: {
    addresses?: { type: string; address: string }[];
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
    conditions?: { type: string; status: string }[];
  };
}

/** `coordination.k8s.io/v1` Lease; times are MicroTime strings. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string | undefined;
    leaseDurationSeconds?: number | undefined;
    acquireTime?: string | undefined;
    renewTime?: string | undefined;
    leaseTransitions?: number | undefined;
  };
}

export interface ObjectReference {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
}

/** `events.k8s.io/v1` Event. */
export interface KubeEvent extends KubeObject {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  action: string;
  reason: string;
  regarding: ObjectReference;
  related?: ObjectReference | undefined;
  note?: string | undefined;
  type: "Normal" | "Warning";
  series?: { count: number; lastObservedTime: string } | undefined;
}

export interface TokenReview extends KubeObject {
  spec: { token: string; audiences?: string[] };
  status?: {
    authenticated?: boolean;
    error?: string;
    audiences?: string[];
    user?: { username?: string; uid?: string; groups?: string[] };
  };
}

export interface CustomResourceDefinition extends KubeObject {
  spec: { group: string; names: { kind: string; plural: string }; scope: "Namespaced" | "Cluster" };
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

export const configMaps: ResourceType<ConfigMap> = core("ConfigMap", "configmaps", true);
export const secrets: ResourceType<Secret> = core("Secret", "secrets", true);
export const namespaces: ResourceType<Namespace> = core("Namespace", "namespaces", false);
export const nodes: ResourceType<NodeObject> = core("Node", "nodes", false);
export const leases: ResourceType<Lease> = v1("coordination.k8s.io", "Lease", "leases", true);
export const events: ResourceType<KubeEvent> = v1("events.k8s.io", "Event", "events", true);
export const tokenReviews: ResourceType<TokenReview> = v1(
  "authentication.k8s.io",
  "TokenReview",
  "tokenreviews",
  false,
);
export const customResourceDefinitions: ResourceType<CustomResourceDefinition> = v1(
  "apiextensions.k8s.io",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);

/** A reference to an object, as events carry it. */
export function referenceTo(object: Readonly<KubeObject>): ObjectReference {
  const { name, namespace, uid, resourceVersion }: ObjectMeta = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion };
}

function core<T extends KubeObject>(kind: string, plural: string, namespaced: boolean): ResourceType<T> {
  return { group: "", version: "v1", kind, plural, namespaced };
}

function v1<T extends KubeObject>(group: string, kind: string, plural: string, namespaced: boolean): ResourceType<T> {
  return { group, version: "v1", kind, plural, namespaced };
}
