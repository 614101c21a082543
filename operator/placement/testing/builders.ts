/** Hosts and demands for tests: a plain one, and what differs. */
import type { CurrentReplica, Demand, PlacementHost, PlacementSnapshot } from "../snapshot.ts";

export const GiB = 1024 ** 3;
export const now = Date.UTC(2026, 10, 23, 12, 0, 0);
export const digest = `sha256:${"a".repeat(64)}`;

export function host(name: string, more: Partial<PlacementHost> = {}): PlacementHost {
  return {
    name,
    owner: "alice",
    layer: "community",
    labels: {},
    trust: "known",
    allowedNamespaces: ["*"],
    transportSecure: true,
    engine: { kind: "Ollama", version: "0.24.0", parallel: 1, kvCacheType: "f16" },
    memory: memory(8),
    models: [],
    loaded: [],
    removing: [],
    ...more,
  };
}

export function memory(allowedGiB: number, capacityGiB = allowedGiB, strangersGiB = 0): PlacementHost["memory"] {
  return { capacityBytes: capacityGiB * GiB, allowedBytes: allowedGiB * GiB, strangersBytes: strangersGiB * GiB };
}

export function demand(name: string, more: Partial<Demand> & { GiB?: number } = {}): Demand {
  const { GiB: size = 2, ...rest } = more;
  return {
    deployment: `default/${name}`,
    namespace: "default",
    createdAt: 0,
    priority: 0,
    replicas: 1,
    layer: "community",
    hostSelector: {},
    spreadBy: "host",
    minimumTrust: "known",
    model: { source: "Registry", digest, sizeBytes: GiB, names: [{ name: `commonhold/${name}:aaaaaaaaaaaa`, digest }] },
    bytesOn: () => size * GiB,
    current: [],
    ...rest,
  };
}

export function replica(id: string, on: string, state: CurrentReplica["state"] = "Ready", GiBs = 2): CurrentReplica {
  return { id, hosts: [{ name: on, bytes: GiBs * GiB }], state };
}

export function snapshot(
  hosts: readonly PlacementHost[],
  demands: readonly Demand[],
  more: Partial<PlacementSnapshot> = {},
): PlacementSnapshot {
  return { now, hosts, demands, ...more };
}
