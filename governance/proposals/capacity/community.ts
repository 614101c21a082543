/** Machines and deployments of a community, as they are and as a proposal would make them. */
import type { ModelDeployment } from "../../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../../operator/apis/model-host.ts";
import { rfc3339 } from "../../../operator/clock/clock.ts";
import { keyOf } from "../../../operator/kube/resource.ts";
import { plan } from "../../../operator/placement/plan.ts";
import type { Demand } from "../../../operator/placement/snapshot.ts";
import type { ModelDescription } from "../models/description.ts";
import type { FoundModel } from "../models/model-facts.ts";
import { demandOf, proposedDemand } from "./demand.ts";
import type { Placed } from "./effects.ts";
import { type CapacityHost, placementHostOf } from "./placement-host.ts";

export interface Community {
  readonly hosts: readonly ModelHost[];
  readonly deployments: readonly ModelDeployment[];
}

/** An object of the two kinds that the proposal would make, change or remove, as the API server would store it. */
export interface Change {
  readonly kind: string;
  /** `namespace/name`, or the name. */
  readonly key: string;
  /** Undefined: it goes. */
  readonly result: unknown;
}

/** After `changes`; what was said of an object stays with it. */
export function changed({ hosts, deployments }: Community, changes: readonly Change[], now: number): Community {
  return {
    hosts: applied(hosts, "ModelHost", changes, now),
    deployments: applied(deployments, "ModelDeployment", changes, now),
  };
}

function applied<T extends ModelHost | ModelDeployment>(
  objects: readonly T[],
  kind: T["kind"],
  changes: readonly Change[],
  now: number,
): T[] {
  const byKey = new Map(objects.map((object) => [keyOf(object.metadata), object]));
  for (const change of changes) {
    if (change.kind !== kind) continue;
    const before = byKey.get(change.key);
    if (change.result === undefined) byKey.delete(change.key);
    else {
      const { status: _, ...result } = change.result as T;
      const metadata = { ...result.metadata, creationTimestamp: result.metadata.creationTimestamp ?? rfc3339(now) };
      byKey.set(change.key, { ...result, metadata, ...(before?.status && { status: before.status }) } as T);
    }
  }
  return [...byKey.values()];
}

/** Where everything would run. `found`: what is known of models that the proposal brings, by `namespace/name`. */
export function placed(
  community: Community,
  before: Community,
  found: ReadonlyMap<string, FoundModel>,
  now: number,
): Placed {
  const was = new Map(
    [...before.hosts, ...before.deployments].map((one) => [`${one.kind} ${keyOf(one.metadata)}`, one]),
  );
  const hosts = community.hosts.map((host) =>
    placementHostOf(host, now, was.get(`ModelHost ${host.metadata.name}`) as ModelHost | undefined),
  );
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const demands = community.deployments.flatMap((deployment) => {
    const key = keyOf(deployment.metadata);
    const old = was.get(`ModelDeployment ${key}`) as ModelDeployment | undefined;
    return demandFor(deployment, old, found.get(key)?.description, byName) ?? [];
  });
  return { hosts: byName, demands, plan: plan({ now, hosts, demands }) };
}

/** What was measured of the same model with the same settings is better than what can be estimated. */
function demandFor(
  deployment: ModelDeployment,
  before: ModelDeployment | undefined,
  description: ModelDescription | undefined,
  hosts: ReadonlyMap<string, CapacityHost>,
): Demand | undefined {
  const isKnown =
    deployment.status?.model?.digest === description?.digest && deployment.spec.context === before?.spec.context;
  return description && !isKnown ? proposedDemand(deployment, description, hosts) : demandOf(deployment);
}
