/** One machine of the planner's world, and how the planner sees it. */
import type { HostFacts } from "../../operator/deployments/snapshot.ts";
import type { Digest } from "../../operator/engines/engine.ts";
import type { HostDirectory } from "../../operator/hosts/view.ts";
import { digestOf } from "../../operator/models/digest.ts";
import type { PlacementHost } from "../../operator/placement/snapshot.ts";

export const mib = 2 ** 20;
export const gib = 2 ** 30;

export function digest(text: string): Digest {
  return digestOf(text);
}

/** One machine of the world, changed by tests and by steps. */
export interface WorldHost {
  name: string;
  reachable: boolean;
  since: number;
  version: string;
  memoryBytes: number;
  diskBytes: number | undefined;
  accelerated: boolean;
  /** `weights`: of what it was made from. */
  models: Map<string, { digest: Digest; bytes: number; ours?: boolean; weights?: Digest }>;
  loaded: Map<string, { bytes: number; vramBytes: number; context: number; weights?: Digest }>;
  /** Names waiting for removal. */
  removals: Map<string, string>;
  /** Names that steps wrote, deleted or loaded, in order. */
  touched: string[];
}

export function newHost(name: string, now: number, change: Partial<WorldHost>): WorldHost {
  return {
    name,
    reachable: true,
    since: now,
    version: "0.24.0",
    memoryBytes: 8 * gib,
    diskBytes: undefined,
    accelerated: false,
    models: new Map(),
    loaded: new Map(),
    removals: new Map(),
    touched: [],
    ...change,
  };
}

/** As much of a directory as placement reads. */
export function directoryOf(hosts: readonly WorldHost[]): HostDirectory {
  const views = hosts.map((host) => ({
    name: host.name,
    placement: placementOf(host),
    object: { spec: { hardware: { accelerator: host.accelerated ? "nvidia" : "cpu" } } },
  }));
  return { list: () => views } as unknown as HostDirectory;
}

/** Names that wait for removal for this deployment. */
export function removedFor(removals: ReadonlyMap<string, string>, uid: string): Set<string> {
  return new Set([...removals].filter(([, owner]) => owner === uid).map(([name]) => name));
}

export function factsOf(host: WorldHost): HostFacts {
  const { name, reachable, since, version, accelerated, models } = host;
  return {
    ...{ name, reachable, since, version, accelerated },
    models,
    loaded: [...host.loaded].map(([model, { bytes, vramBytes, context }]) => ({
      name: model,
      digest: models.get(model)?.digest ?? digest("?"),
      ...{ bytes, vramBytes, context },
      expiresAt: "never" as const,
    })),
    placement: placementOf(host),
  };
}

export function placementOf(host: WorldHost): PlacementHost {
  const models = [...host.models].map(([name, { digest: at, bytes, ours = false }]) => ({
    name,
    digest: at,
    bytes,
    ours,
  }));
  const usedBytes = models.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    name: host.name,
    owner: "alice",
    layer: "community",
    labels: {},
    trust: "known",
    allowedNamespaces: ["*"],
    ...(host.reachable ? {} : { notReady: { reason: "Unreachable", message: "does not answer", since: host.since } }),
    transportSecure: true,
    engine: { kind: "Ollama", version: host.version, parallel: 1, kvCacheType: "f16" },
    memory: { capacityBytes: host.memoryBytes, allowedBytes: host.memoryBytes, strangersBytes: 0 },
    ...(host.diskBytes === undefined ? {} : { disk: { capacityBytes: host.diskBytes, usedBytes } }),
    models,
    loaded: [...host.loaded.keys()],
    removing: [...host.removals.keys()],
  };
}
