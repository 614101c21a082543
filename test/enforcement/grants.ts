/** What RBAC gives to the persons of these tests. */
import { group } from "../../operator/apis/group.ts";
import { kinds } from "../../operator/apis/kinds.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import { eventually } from "../kube-faults/eventually.ts";

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/** A namespace's editor: whatever is ours there, its subresources too, by a Role that says `*`. */
export async function grantEverythingIn(client: KubeClient, namespace: string, user: string): Promise<void> {
  const metadata = { name: `everything-for-${user}`, namespace };
  await client.create(rbac("Role", true), {
    metadata,
    rules: [{ apiGroups: [group], resources: ["*"], verbs: ["*"] }],
  });
  await bind(client, "RoleBinding", { metadata, role: { kind: "Role", name: metadata.name }, user });
}

/** Everything of ours in the cluster, and Namespaces, but for the subresources that do not exist. */
export async function grantVerbs(client: KubeClient, user: string): Promise<void> {
  const metadata = { name: `verbs-for-${user}` };
  const resources = kinds.flatMap(({ plural }) => [plural, `${plural}/status`, `${plural}/scale`]);
  const namespaces = ["namespaces", "namespaces/status", "namespaces/finalize"];
  const rules = [
    { apiGroups: [group], resources, verbs },
    { apiGroups: [""], resources: namespaces, verbs },
  ];
  await client.create(rbac("ClusterRole", false), { metadata, rules });
  await bind(client, "ClusterRoleBinding", { metadata, role: { kind: "ClusterRole", name: metadata.name }, user });
}

export async function grantClusterRole(client: KubeClient, name: string, user: string): Promise<void> {
  await bind(client, "ClusterRoleBinding", {
    metadata: { name: `${name}-for-${user}` },
    role: { kind: "ClusterRole", name },
    user,
  });
}

/** A role that was just bound is known to the API server a moment later. */
export async function grantsKnown(client: KubeClient, asked: readonly Asked[]): Promise<void> {
  const reviews: ResourceType<KubeObject & { spec: object; status?: { allowed: boolean } }> = {
    ...{ group: "authorization.k8s.io", version: "v1", kind: "SubjectAccessReview", plural: "subjectaccessreviews" },
    namespaced: false,
  };
  for (const { user, ...resourceAttributes } of asked) {
    const isKnown = async () => {
      const review = await client.create(reviews, { metadata: {}, spec: { user, resourceAttributes } } as never);
      return review.status?.allowed ?? false;
    };
    await eventually(`${user} may ${resourceAttributes.verb} ${resourceAttributes.resource}`, isKnown);
  }
}

/** As a SubjectAccessReview names it. */
export interface Asked {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

async function bind(
  client: KubeClient,
  kind: "RoleBinding" | "ClusterRoleBinding",
  { metadata, role, user }: { metadata: KubeObject["metadata"]; role: { kind: string; name: string }; user: string },
): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  await client.create(rbac(kind, kind === "RoleBinding"), {
    metadata,
    roleRef: { apiGroup, ...role },
    subjects: [{ kind: "User", name: user, apiGroup }],
  });
}

// biome-ignore lint/suspicious/noExplicitAny: RBAC's kinds are written here and nowhere read.
function rbac(kind: string, namespaced: boolean): ResourceType<any> {
  return { group: "rbac.authorization.k8s.io", version: "v1", kind, plural: `${kind.toLowerCase()}s`, namespaced };
}
