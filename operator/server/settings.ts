/** What the operator is told from outside, each with its meaning and bounds. Pure: `main.ts` passes the environment in. */
import { z } from "zod";
import {
  insecureRegistriesVariable,
  siteRegistryFillsVariable,
  siteRegistryVariable,
} from "../models/registry-settings.ts";
import {
  type Environment,
  type LogLevel,
  listOf,
  logLevelVariable,
  milliseconds,
  namespaceName,
  readVariables,
  stopTimeoutVariable,
  type Variable,
  whole,
} from "../settings/variables.ts";

export interface Settings {
  /** Where its own Lease lives, and the Secrets that ModelHosts name. */
  readonly namespace: string;
  readonly listenAddress: string;
  /** 0: a free one. */
  readonly port: number;
  /** Addresses that files and registries may be fetched from though they are not public. */
  readonly allowedAddresses: readonly string[];
  /** Addresses of hosts that are not public. */
  readonly hostAddresses: readonly string[];
  /** Networks inside the cluster: plain http is fine there. */
  readonly clusterNetworks: readonly string[];
  /** Suffix of names in the cluster. */
  readonly clusterDomain: string;
  /** `host` or `host:port`. */
  readonly insecureRegistries: readonly string[];
  /** `host` or `host:port` of the site's own registry; empty: there is none. */
  readonly siteRegistry: string;
  readonly siteRegistryFills: boolean;
  readonly registryRecheckMs: number;
  readonly hostLostGraceMs: number;
  readonly leaseDurationMs: number;
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
}

export const variables: readonly Variable<Settings>[] = [
  {
    setting: "namespace",
    name: "COMMONHOLD_NAMESPACE",
    schema: namespaceName(),
    fallback: "commonhold-system",
    meaning: "Namespace of its own Lease, and of the Secrets that ModelHosts name.",
  },
  {
    setting: "listenAddress",
    name: "COMMONHOLD_OPERATOR_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to serve metrics and health on.",
  },
  {
    setting: "port",
    name: "COMMONHOLD_OPERATOR_PORT",
    schema: whole(0, 65_535),
    fallback: "8080",
    meaning: "Port to serve metrics and health on; 0 takes a free one and the log says which.",
  },
  {
    setting: "allowedAddresses",
    name: "COMMONHOLD_ALLOWED_ADDRESSES",
    schema: listOf(),
    fallback: "",
    meaning:
      "Addresses and networks that files and registries may be fetched from though they are not public, with commas between: `127.0.0.1:5000,10.0.0.0/8`.",
  },
  {
    setting: "hostAddresses",
    name: "COMMONHOLD_HOST_ADDRESSES",
    schema: listOf(),
    fallback: "",
    meaning:
      "Addresses and networks of hosts that are not public, with commas between: `127.0.0.1:11434,10.0.0.0/8`. A host in plain http must be on this machine or inside the cluster besides.",
  },
  {
    setting: "clusterNetworks",
    name: "COMMONHOLD_CLUSTER_NETWORKS",
    schema: listOf(),
    fallback: "",
    meaning:
      "Networks of this cluster's pods and services, with commas between: hosts there may be asked in plain http.",
  },
  {
    setting: "clusterDomain",
    name: "COMMONHOLD_CLUSTER_DOMAIN",
    schema: z.string().min(1).max(253),
    fallback: "cluster.local",
    meaning: "Suffix of names that only this cluster's DNS gives out: hosts of such names may be asked in plain http.",
  },
  insecureRegistriesVariable,
  siteRegistryVariable,
  siteRegistryFillsVariable,
  {
    setting: "registryRecheckMs",
    name: "COMMONHOLD_REGISTRY_RECHECK_MS",
    schema: milliseconds(1000),
    fallback: "3600000",
    meaning: "How often a registry is asked whether a tag has moved, give or take a tenth.",
  },
  {
    setting: "hostLostGraceMs",
    name: "COMMONHOLD_HOST_LOST_GRACE_MS",
    schema: milliseconds(),
    fallback: "60000",
    meaning: "How long a host may be away before its replicas are replaced.",
  },
  {
    setting: "leaseDurationMs",
    name: "COMMONHOLD_LEASE_DURATION_MS",
    schema: milliseconds(3000),
    fallback: "15000",
    meaning: "How long another operator waits for a leader that fell silent.",
  },
  stopTimeoutVariable,
  logLevelVariable,
];

/** Throws a `TypeError` that names every variable that cannot be read, and why. An empty variable counts as absent. */
export function readSettings(environment: Environment): Settings {
  return readVariables(variables, environment);
}
