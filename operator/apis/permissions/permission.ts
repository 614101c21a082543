/** What RBAC can give, with the reason for giving it. */

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

export interface Permission {
  group: string;
  resources: readonly string[];
  verbs: readonly Verb[];
  /** Only these objects. */
  names?: readonly string[];
  /** `System`: only in the namespace where the services run. `Cluster`: everywhere. */
  where: "Cluster" | "System";
  why: string;
  /** Set where a quiet run never needs it; the test that compares grants with uses takes no notice of these. */
  onlyWhen?: string;
}

export interface Service {
  /** Name of its ServiceAccount, Role and ClusterRole. */
  name: string;
  permissions: readonly Permission[];
}
