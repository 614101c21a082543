import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { fieldManagers, systemNamespace } from "../../../operator/apis/group.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import { namespaces } from "../../../operator/kube/builtin-types.ts";
import type { KubeClient, Sent } from "../../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../../operator/kube/resource.ts";
import { govern } from "./enforcement.ts";

const establishedDeadlineMs = 30_000;
const establishedEveryMs = 50;

const crds: ResourceType = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

/** The kinds that our own manifests hold; anything else in them is a mistake. */
const types: Readonly<Record<string, ResourceType>> = {
  CustomResourceDefinition: crds,
  ServiceAccount: { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced: true },
  ...Object.fromEntries(
    ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"].map((kind) => [
      kind,
      {
        group: "rbac.authorization.k8s.io",
        version: "v1",
        kind,
        plural: `${kind.toLowerCase()}s`,
        namespaced: !kind.startsWith("Cluster"),
      },
    ]),
  ),
  ValidatingAdmissionPolicy: admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
  ValidatingAdmissionPolicyBinding: admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
};

export interface InstallOptions {
  /**
   * The community governs: `manifests/admission` is applied too, and held when this resolves. Where it is false, what an earlier
   * installation applied of it stays: it is not taken away in passing.
   */
  governance?: boolean;
  /** Put under governance, and made where they are missing. */
  governedNamespaces?: readonly string[];
}

/** Brings the generated CRDs and RBAC into the cluster, and waits until the API serves the kinds. */
export async function installManifests(
  client: KubeClient,
  root: string,
  clock: Clock,
  signal: AbortSignal,
  { governance = false, governedNamespaces = [] }: InstallOptions = {},
): Promise<string[]> {
  const definitions = readManifests(join(root, "manifests/crds"));
  const permissions = readManifests(join(root, "manifests/rbac"));
  const namespace = { metadata: { name: systemNamespace } };
  await client.apply(namespaces, namespace, { fieldManager: fieldManagers.cli, signal });
  const apply = (object: KubeObject): Promise<KubeObject> =>
    client.apply(typeOf(object), object as Sent<KubeObject>, { fieldManager: fieldManagers.cli, signal });
  await Promise.all([...definitions, ...permissions].map(apply));
  await Promise.all(definitions.map((definition) => established(client, definition.metadata.name, clock, signal)));
  if (governance) {
    // One after the other: a server takes them up in that order, so that the last one, which can be tried, speaks for all.
    for (const object of readManifests(join(root, "manifests/admission"))) await apply(object);
    await govern(client, governedNamespaces, clock, signal);
  }
  return definitions.map((definition) => definition.metadata.name);
}

function readManifests(folder: string): KubeObject[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort();
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((document) => document.toJS() as KubeObject),
  );
}

function typeOf(object: KubeObject): ResourceType {
  const type = types[object.kind ?? ""];
  if (!type) throw new Error(`${object.kind} ${object.metadata.name} is no kind that our manifests may hold`);
  return type;
}

function admission(kind: string, plural: string): ResourceType {
  return { group: "admissionregistration.k8s.io", version: "v1", kind, plural, namespaced: false };
}

interface Definition extends KubeObject {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

async function established(client: KubeClient, name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.now() + establishedDeadlineMs;
  for (;;) {
    const definition = (await client.get(crds, { name }, { signal })) as Definition | undefined;
    const conditions = definition?.status?.conditions ?? [];
    if (conditions.some((condition) => condition.type === "Established" && condition.status === "True")) return;
    if (clock.now() > deadline)
      throw new Error(
        `the API server does not serve ${name} after ${establishedDeadlineMs / 1000} s: ${JSON.stringify(conditions)}`,
      );
    await clock.sleep(establishedEveryMs, signal);
  }
}
