/**
 * A real API server in which a community governs: kinds, RBAC and admission installed as `npm start` installs them, one
 * governed and one free namespace, the services' own tokens, and persons with as much as RBAC can give them short of
 * being the cluster's administrator. One for all files of a worker; take names of objects that no other test takes.
 */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { test as base } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { type ControlPlane, type Identity, serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { admin } from "../../cli/up/control-plane/identities.ts";
import { group, systemNamespace } from "../../operator/apis/group.ts";
import {
  gatewayService,
  governanceService,
  hostKeeper,
  keyIssuer,
  namespaceKeeper,
  operatorService,
} from "../../operator/apis/permissions.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { startTestControlPlane } from "../control-plane/test.ts";
import { grantClusterRole, grantEverythingIn, grantsKnown, grantVerbs } from "./grants.ts";

export const governed = "community";
export const free = "workshop";

export const root = join(import.meta.dirname, "../..");

/** Everybody who tries something, and what they hold beside what the manifests give to the services. */
export const people = {
  admin,
  governance: serviceAccount(systemNamespace, governanceService.name),
  operator: serviceAccount(systemNamespace, operatorService.name),
  gateway: serviceAccount(systemNamespace, gatewayService.name),
  /** Everything of ours in both namespaces, by Roles there. */
  editor: person("editor"),
  /** Every verb on every kind of ours, and on Namespaces, in the whole cluster, by name; no virtual permission. */
  clusterEditor: person("cluster-editor"),
  keyIssuer: person("key-issuer"),
  hostKeeper: person("host-keeper"),
  namespaceKeeper: person("namespace-keeper"),
  namespaceController: serviceAccount("kube-system", "namespace-controller"),
  garbageCollector: serviceAccount("kube-system", "generic-garbage-collector"),
} as const satisfies Record<string, Identity>;

const given = [
  { role: keyIssuer, user: people.keyIssuer.user },
  { role: hostKeeper, user: people.hostKeeper.user },
  { role: namespaceKeeper, user: people.namespaceKeeper.user },
];

export type Person = keyof typeof people;

export interface World {
  readonly plane: ControlPlane;
  /** The same client for the same person. */
  as(who: Person): KubeClient;
}

const shared = globalThis as { commonholdGoverned?: Promise<World & { end(): Promise<void> }> | undefined };

export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs off its first parameter's pattern.
  .extend("world", { scope: "worker" }, async ({}, { onCleanup }): Promise<World> => {
    shared.commonholdGoverned ??= startWorld();
    onCleanup(async () => {
      const started = shared.commonholdGoverned;
      shared.commonholdGoverned = undefined;
      await (await started)?.end();
    });
    return shared.commonholdGoverned;
  });

/** `end` takes it away. */
export async function startWorld(): Promise<World & { end(): Promise<void> }> {
  const plane = await startTestControlPlane({
    identities: Object.values(people).filter(({ name }) => name !== "admin"),
  });
  const clients = new Map<Person, KubeClient>();
  const as = (who: Person): KubeClient => {
    const client =
      clients.get(who) ?? createKubeClient(kubeConfigFromFile(plane.kubeconfig(people[who])), { clock: systemClock });
    clients.set(who, client);
    return client;
  };
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  const client = as("admin");
  await installManifests(client, root, systemClock, signal, { governance: true, governedNamespaces: [governed] });
  await client.create(
    { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
    {
      metadata: { name: free },
    },
  );
  await Promise.all([
    ...[governed, free].map((namespace) => grantEverythingIn(client, namespace, people.editor.user)),
    grantVerbs(client, people.clusterEditor.user),
    grantVerbs(client, people.namespaceKeeper.user),
    ...given.map(({ role, user }) => grantClusterRole(client, role.name, user)),
  ]);
  const { editor, clusterEditor, namespaceKeeper: keeper } = people;
  await grantsKnown(client, [
    ...[governed, free].map((namespace) => ({
      user: editor.user,
      verb: "patch",
      group,
      resource: "members",
      namespace,
    })),
    ...[clusterEditor, keeper].map(({ user }) => ({ user, verb: "patch", group, resource: "members" })),
    ...given.map(({ role, user }) => ({ user, verb: "update", group, ...role.virtual })),
  ]);
  const end = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((each) => each.close()));
    await plane.discard();
  };
  return { plane, as, end };
}

function person(name: string): Identity {
  return { name, user: name, groups: [] };
}
