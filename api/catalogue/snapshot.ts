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
    keys: indexKeys(objects.members),
    ...indexDeployments(objects.deployments),
    hosts: indexHosts(objects.hosts),
  };
}

export function indexKeys(members: Iterable<Member>): KeyIndex {
  const byPrefix = new Map<string, KeyEntry[]>();
  const bySshKey = new Map<string, Member>();
  const claimedTwice = new Set<string>();
  for (const member of members) {
    for (const key of member.spec.keys ?? []) {
      const entries = byPrefix.get(key.prefix);
      if (entries) entries.push({ member, key });
      else byPrefix.set(key.prefix, [{ member, key }]);
    }
    for (const line of member.spec.sshKeys ?? []) {
      const [, base64] = line.split(" ");
      if (base64 && bySshKey.has(base64)) claimedTwice.add(base64);
      if (base64) bySshKey.set(base64, member);
    }
  }
  // A key that two members claim proves neither of them.
  for (const base64 of claimedTwice) bySshKey.delete(base64);
  return { byPrefix, bySshKey };
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
