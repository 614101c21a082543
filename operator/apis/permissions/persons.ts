/** What a person may be given, beside what a proposal decides. */
import { group } from "../group.ts";
import type { Permission } from "./permission.ts";

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
