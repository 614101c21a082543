import { systemNamespace } from "../group.ts";
import type { Permission, PersonalRole, Service } from "../permissions.ts";

type Manifest = Record<string, unknown>;

/** ServiceAccount, ClusterRole, Role and their bindings of one service. */
export function rbacManifests(service: Service): Manifest[] {
  const cluster = service.permissions.filter((permission) => permission.where === "Cluster");
  const system = service.permissions.filter((permission) => permission.where === "System");
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: service.name, namespace: systemNamespace } },
    ...roleWithBinding(service.name, "ClusterRole", cluster),
    ...roleWithBinding(service.name, "Role", system),
  ];
}

/** Bound to nobody. */
export function personalRoleManifest({ name, permissions }: PersonalRole): Manifest {
  return { apiVersion: rbac, kind: "ClusterRole", metadata: { name }, rules: permissions.map(rule) };
}

const rbac = "rbac.authorization.k8s.io/v1";

function roleWithBinding(name: string, kind: "ClusterRole" | "Role", permissions: readonly Permission[]): Manifest[] {
  if (permissions.length === 0) return [];
  const metadata = kind === "Role" ? { name, namespace: systemNamespace } : { name };
  const apiVersion = rbac;
  return [
    { apiVersion, kind, metadata, rules: permissions.map(rule) },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
      subjects: [{ kind: "ServiceAccount", name, namespace: systemNamespace }],
    },
  ];
}

function rule(permission: Permission): Manifest {
  return {
    apiGroups: [permission.group],
    resources: permission.resources,
    ...(permission.names ? { resourceNames: permission.names } : {}),
    verbs: permission.verbs,
  };
}
