/** What the gateway knows of the cluster, indexed by what requests ask for. Objects are as the API server gave them. */
import type { Member } from "../../operator/apis/member.ts";
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../operator/apis/model-host.ts";
import type { KeyEntry, KeyIndex } from "../members/authenticate.ts";

export interface Snapshot {
  readonly keys: KeyIndex;
  /** By `namespace/name`. */
  readonly deployments: ReadonlyMap<string, ModelDeployment>;
  /** By `name` alone: one per namespace that has it. */
  readonly deploymentsByName: ReadonlyMap<string, readonly ModelDeployment[]>;
  readonly hosts: ReadonlyMap<string, ModelHost>;
}

export interface CatalogueObjects {
  readonly members: Iterable<Member>;
  readonly deployments: Iterable<ModelDeployment>;
  readonly hosts: Iterable<ModelHost>;
}

export function snapshotOf(objects: CatalogueObjects): Snapshot {
  return {
    keys: keysByPrefix(objects.members),
    ...indexDeployments(objects.deployments),
    hosts: indexHosts(objects.hosts),
  };
}

export function keysByPrefix(members: Iterable<Member>): KeyIndex {
  const keys = new Map<string, KeyEntry[]>();
  for (const member of members) {
    for (const key of member.spec.keys ?? []) {
      const entries = keys.get(key.prefix);
      if (entries) entries.push({ member, key });
      else keys.set(key.prefix, [{ member, key }]);
    }
  }
  return keys;
}

export function indexDeployments(
  objects: Iterable<ModelDeployment>,
): Pick<Snapshot, "deployments" | "deploymentsByName"> {
  const deployments = new Map<string, ModelDeployment>();
  const deploymentsByName = new Map<string, ModelDeployment[]>();
  for (const deployment of objects) {
    deployments.set(fullName(deployment), deployment);
    const { name } = deployment.metadata;
    const namesakes = deploymentsByName.get(name);
    if (namesakes) namesakes.push(deployment);
    else deploymentsByName.set(name, [deployment]);
  }
  return { deployments, deploymentsByName };
}

export function indexHosts(objects: Iterable<ModelHost>): ReadonlyMap<string, ModelHost> {
  const hosts = new Map<string, ModelHost>();
  for (const host of objects) hosts.set(host.metadata.name, host);
  return hosts;
}

/** `namespace/name` */
export function fullName(deployment: Pick<ModelDeployment, "metadata">): string {
  return `${deployment.metadata.namespace ?? ""}/${deployment.metadata.name}`;
}

/** The names under which a key's owner sees deployments: `name` where only one of theirs has it, `namespace/name` else. */
export function visibleDeployments(
  snapshot: Snapshot,
  allowed: ReadonlySet<string> | undefined,
): ReadonlyMap<string, ModelDeployment> {
  const visible = new Map<string, ModelDeployment>();
  for (const [name, namesakes] of snapshot.deploymentsByName) {
    const mine = namesakes.filter((deployment) => !allowed || allowed.has(fullName(deployment)));
    const [only, another] = mine;
    if (only && !another) visible.set(name, only);
    else for (const deployment of mine) visible.set(fullName(deployment), deployment);
  }
  return visible;
}
