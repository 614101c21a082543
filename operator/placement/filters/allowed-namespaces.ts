import type { Filter } from "./filter.ts";

/** The owner lets deployments of this namespace in. */
export const namespaceAllowed: Filter = {
  name: "allowed namespaces",
  events: ["HostSpec"],
  check: ({ demand, host }) =>
    host.allowedNamespaces.includes("*") || host.allowedNamespaces.includes(demand.namespace)
      ? undefined
      : { code: "NamespaceNotAllowed", namespace: demand.namespace, allowed: host.allowedNamespaces },
};
