/**
 * What each service may do in the cluster, and why: the source of `manifests/rbac`. Nobody is cluster-admin. A test runs
 * the whole loop with the API server's audit log on and compares: what is used must be granted, what is granted must be used.
 */
import { governanceConfigMap, group } from "./group.ts";

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

export const operatorService: Service = {
  name: "commonhold-operator",
  permissions: [
    {
      group,
      resources: ["modeldeployments", "modelhosts"],
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to see what is wanted and which machines there are",
    },
    {
      group,
      resources: ["modeldeployments", "modelhosts"],
      verbs: ["get"],
      where: "Cluster",
      why: "to read an object anew after a conflict",
      onlyWhen: "somebody else writes the same object's finalizers at the same moment",
    },
    {
      group,
      resources: ["modeldeployments/status", "modelhosts/status"],
      verbs: ["patch"],
      where: "Cluster",
      why: "to say what is, by server-side apply; it never writes a spec",
    },
    {
      group,
      resources: ["modeldeployments", "modelhosts"],
      verbs: ["patch"],
      where: "Cluster",
      why: "to add and remove its finalizers, so that a deleted deployment is deleted from the machines too",
    },
    {
      group: "",
      resources: ["nodes"],
      verbs: ["get"],
      where: "Cluster",
      why: "to compare a host's declared hardware with its Node's labels",
    },
    {
      group: "events.k8s.io",
      resources: ["events"],
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to tell what happened to an object",
    },
    {
      group: "",
      resources: ["secrets"],
      verbs: ["get"],
      where: "System",
      why: "to read the token or client certificate that a ModelHost names",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["create"],
      where: "System",
      why: "to elect one leader",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["get", "update"],
      names: ["commonhold-operator"],
      where: "System",
      why: "to elect one leader",
    },
  ],
};

export const gatewayService: Service = {
  name: "commonhold-gateway",
  permissions: [
    {
      group,
      resources: ["modeldeployments", "modelhosts", "members"],
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to know which replicas answer and whose keys are good; it writes nothing",
    },
    {
      group: "",
      resources: ["secrets"],
      verbs: ["get"],
      where: "System",
      why: "to read the token or client certificate that a ModelHost names",
      onlyWhen: "a ready host names a Secret and a request goes there",
    },
  ],
};

/** What a policy repository may hold, and nothing else is ever applied. */
const governed = ["members", "modeldeployments", "modelhosts"];

export const governanceService: Service = {
  name: "commonhold-governance",
  permissions: [
    {
      group,
      resources: governed,
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to see whether the cluster is as decided, and how healthy it is",
    },
    {
      group,
      resources: governed,
      verbs: ["get"],
      where: "Cluster",
      why: "to show what a proposal would change",
      onlyWhen: "a proposal changes an object that is there",
    },
    {
      group,
      resources: governed,
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to apply what was decided, and to try by a dry run what is proposed",
      onlyWhen: "something was decided or proposed that concerns that kind",
    },
    {
      group,
      resources: governed,
      verbs: ["delete"],
      where: "Cluster",
      why: "to remove what the community removed",
      onlyWhen: "a decision removes an object",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to see whether the mirror of the decision log is whole",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["get"],
      where: "Cluster",
      why: "to read one anew after a conflict",
      onlyWhen: "somebody else wrote the same Decision",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to mirror the decision log",
      onlyWhen: "there is something to decide",
    },
    {
      group,
      resources: ["decisions/status"],
      verbs: ["patch"],
      where: "Cluster",
      why: "to say how a decision stands",
      onlyWhen: "there is something to decide",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["delete"],
      where: "Cluster",
      why: "to keep the mirror small: the log has everything",
      onlyWhen: "there are many old ones, or one that the log does not know",
    },
    {
      group,
      resources: ["ledgerroots"],
      verbs: ["get", "list", "watch"],
      where: "Cluster",
      why: "to take the roots of the work ledger into the decision log",
      onlyWhen: "there is a work ledger",
    },
    {
      group: "",
      resources: ["namespaces"],
      verbs: ["get"],
      where: "Cluster",
      why: "to write only to namespaces that are governed; it makes none and labels none",
      onlyWhen: "the policy holds objects of a namespace",
    },
    {
      group: "",
      resources: ["configmaps"],
      verbs: ["get", "create", "patch"],
      names: [governanceConfigMap],
      where: "System",
      why: "to keep the pinned genesis and the last checkpoint where everybody can read them",
    },
    {
      group: "events.k8s.io",
      resources: ["events"],
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to tell what happened to an object",
      onlyWhen: "something happens",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["create"],
      where: "System",
      why: "to elect one leader",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["get", "update"],
      names: ["commonhold-governance"],
      where: "System",
      why: "to elect one leader",
    },
  ],
};

export const services: readonly Service[] = [operatorService, gatewayService, governanceService];

/**
 * A ClusterRole that is bound to nobody: who runs the cluster may give it to a person. Each rests on a subresource that
 * does not exist, and which `manifests/admission` asks about; without those policies there is nothing to ask, so the
 * roles are installed together with them.
 */
export interface PersonalRole {
  name: string;
  /** `resource/subresource` of the group `commonhold.dev` that stands for the permission. */
  virtual: { resource: string; subresource: string };
  permissions: readonly Permission[];
}

export const keyIssuer: PersonalRole = {
  name: "commonhold-key-issuer",
  virtual: { resource: "members", subresource: "keys" },
  permissions: [
    {
      group,
      resources: ["members"],
      verbs: ["get", "list", "patch"],
      where: "Cluster",
      why: "to write spec.keys of a Member; the policy refuses every other field",
    },
    { group, resources: ["members/keys"], verbs: ["update"], where: "Cluster", why: "to issue and revoke API keys" },
  ],
};

export const hostKeeper: PersonalRole = {
  name: "commonhold-host-keeper",
  virtual: { resource: "modelhosts", subresource: "abandon" },
  permissions: [
    {
      group,
      resources: ["modelhosts"],
      verbs: ["get", "list", "patch"],
      where: "Cluster",
      why: "to annotate a ModelHost; the policy refuses every other field",
    },
    {
      group,
      resources: ["modelhosts/abandon"],
      verbs: ["update"],
      where: "Cluster",
      why: "to say that a machine is gone and nothing on it can be cleaned any more",
    },
  ],
};

export const namespaceKeeper: PersonalRole = {
  name: "commonhold-namespace-keeper",
  virtual: { resource: "namespaces", subresource: "governed" },
  permissions: [
    {
      group,
      resources: ["namespaces/governed"],
      verbs: ["update", "delete"],
      where: "Cluster",
      why: "to put a namespace under the community's rule or out of it, and to delete one; beside what RBAC asks for Namespaces themselves",
    },
  ],
};

export const personalRoles: readonly PersonalRole[] = [keyIssuer, hostKeeper, namespaceKeeper];
