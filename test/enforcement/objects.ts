/** Valid objects, and the few ways in which these tests write them. */

import { decisions } from "../../operator/apis/decision.ts";
import { fieldManagers } from "../../operator/apis/group.ts";
import { ledgerRoots } from "../../operator/apis/ledger-root.ts";
import { members } from "../../operator/apis/member.ts";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";

// biome-ignore lint/suspicious/noExplicitAny: what people send is not bound by our types.
type Loose = ResourceType<any>;

export const types = {
  Decision: decisions as Loose,
  LedgerRoot: ledgerRoots as Loose,
  Member: members as Loose,
  ModelDeployment: modelDeployments as Loose,
  ModelHost: modelHosts as Loose,
} as const;

export type KindName = keyof typeof types;

const specs: Record<KindName, object> = {
  Decision: { repository: "github:1", proposal: "github:1/7", title: "A second machine" },
  LedgerRoot: { day: "2026-11-02", size: 0, root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
  Member: { displayName: "Alice" },
  ModelDeployment: { model: { ollama: "smollm2:135m" }, replicas: 1 },
  ModelHost: { owner: "alice", endpoint: { direct: { url: "https://tower.example" } }, hardware: { memory: "8Gi" } },
};

export interface Named {
  kind: KindName;
  name: string;
  namespace?: string;
}

export function objectOf({ kind, ...metadata }: Named, spec: object = {}, more: object = {}) {
  return { metadata: { ...metadata, ...more }, spec: { ...specs[kind], ...spec } };
}

export function create(named: Named, spec: object = {}, more: object = {}) {
  return (client: KubeClient) => client.create(types[named.kind], objectOf(named, spec, more));
}

export function patch(named: Named, body: object, subresource?: string) {
  return (client: KubeClient) => client.patch(types[named.kind], named, body, { subresource });
}

/** Server-side apply of the whole object. */
export function apply(named: Named, spec: object = {}, fieldManager: string = fieldManagers.governance) {
  return (client: KubeClient) => client.apply(types[named.kind], objectOf(named, spec), { fieldManager });
}

export function remove(named: Named) {
  return (client: KubeClient) => client.remove(types[named.kind], named);
}

export async function read(client: KubeClient, named: Named): Promise<KubeObject & { spec: Record<string, unknown> }> {
  const found = await client.get(types[named.kind], named);
  if (!found) throw new Error(`${named.kind} ${named.name} is not there`);
  return found;
}
