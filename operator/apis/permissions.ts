/**
 * What each service may do in the cluster, and why: the source of `manifests/rbac`. Nobody is cluster-admin. A test runs
 * the whole loop with the API server's audit log on and compares: what is used must be granted, what is granted must be used.
 */
import { group } from "./group.ts";
import { governanceService } from "./permissions/governance.ts";
import type { Service } from "./permissions/permission.ts";

export { governanceService } from "./permissions/governance.ts";
export type { Permission, Service, Verb } from "./permissions/permission.ts";
export { hostKeeper, keyIssuer, namespaceKeeper, type PersonalRole, personalRoles } from "./permissions/persons.ts";

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

export const registryFillerService: Service = {
  name: "commonhold-registry-filler",
  permissions: [
    {
      group,
      resources: ["modeldeployments"],
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to know which models were decided, and to copy no others; it writes nothing",
    },
  ],
};

export const services: readonly Service[] = [operatorService, gatewayService, governanceService, registryFillerService];
