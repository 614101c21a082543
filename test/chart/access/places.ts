/** Paths of what is tried, and what lies there when it is tried. */
import { apiVersion } from "../../../operator/apis/group.ts";
import { namespace as system } from "../helm.ts";
import { governedNamespaces } from "../installed.ts";

export { system };
export const governed = governedNamespaces[0] ?? "";
/** A namespace that nobody governs, of somebody else in the same cluster. */
export const foreign = "neighbours";

export const ours = `/apis/${apiVersion}`;
export const core = "/api/v1";
export const rbac = "/apis/rbac.authorization.k8s.io/v1";
export const admission = "/apis/admissionregistration.k8s.io/v1";
export const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export const inside = (namespace: string): string => `${core}/namespaces/${namespace}`;
export const deployments = (namespace: string): string => `${ours}/namespaces/${namespace}/modeldeployments`;
export const apps = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}`;
export const leases = (namespace: string): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
export const events = (namespace: string): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
export const accounts = `${inside(system)}/serviceaccounts`;
export const node = "alices-tower";

/** Beside the services, and named by no host. */
export const othersSecrets = ["policy-access", "unnamed", "sh.helm.release.v1.commonhold.v1"];

const typed = (kind: string, metadata: object, more: object): object => ({ apiVersion, kind, metadata, ...more });

export const modelDeployment = (name: string, namespace: string, spec: object = {}): object =>
  typed("ModelDeployment", { name, namespace }, { spec: { model: { ollama: "smollm2:135m" }, replicas: 1, ...spec } });
export const modelHost = (name: string): object => {
  const endpoint = { direct: { url: "https://tower.example" } };
  return typed("ModelHost", { name }, { spec: { owner: "alice", endpoint, hardware: { memory: "8Gi" } } });
};
export const member = (name: string, spec: object = {}): object =>
  typed("Member", { name }, { spec: { displayName: "Alice", ...spec } });
export const key = { id: "laptop", prefix: "ch_EXAMPLE0", sha256: "a".repeat(64) };
export const decision = (name: string): object =>
  typed("Decision", { name }, { spec: { repository: "github:1", proposal: "github:1/7", title: "A second machine" } });

export const lease = (name: string): object => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: system },
  spec: { holderIdentity: "one" },
});

export const event = (namespace: string): object => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { generateName: "tried-", namespace },
  eventTime: "2026-11-02T12:00:00.000000Z",
  action: "Try",
  reason: "Tried",
  type: "Normal",
  reportingController: "commonhold.dev/test",
  reportingInstance: "one",
  regarding: { kind: "Namespace", name: namespace, namespace },
});

/** What is written of an event that came again. */
export const series = (count: number): object => ({
  series: { count, lastObservedTime: "2026-11-02T12:00:01.000000Z" },
});

/** Of a container that could be anything. */
export const podSpec = { containers: [{ name: "mine", image: "example.org/mine" }] };
