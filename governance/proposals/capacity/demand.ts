/** What a deployment asks of placement: from its spec and status, or from what was found out about the model that it would serve. */
import { desiredReplicas, type ModelDeployment, type Replica } from "../../../operator/apis/model-deployment.ts";
import { quantityBytes } from "../../../operator/apis/quantity.ts";
import { keyOf } from "../../../operator/kube/resource.ts";
import { estimateMemory, estimateWithoutShape } from "../../../operator/models/size.ts";
import type { CurrentReplica, Demand } from "../../../operator/placement/snapshot.ts";
import type { ModelDescription } from "../models/description.ts";
import type { CapacityHost } from "./placement-host.ts";

/** Of a deployment as it is. Undefined where its model was never resolved: nobody knows what it takes. */
export function demandOf(deployment: ModelDeployment): Demand | undefined {
  const { status, spec } = deployment;
  const { model, memory } = status ?? {};
  if (!model) return undefined;
  const bytes = quantityBytes(spec.memory) ?? memory?.totalBytes ?? estimateWithoutShape(model.sizeBytes).totalBytes;
  const { source, digest, sizeBytes, architecture } = model;
  const served = { source, digest, sizeBytes, ...(architecture !== undefined && { architecture }) };
  return demand(deployment, served, () => bytes, currentReplicas(status?.replicas ?? []));
}

/** Of a deployment with a model or settings that the proposal changes; what exists takes from then on what the new one takes. */
export function proposedDemand(
  deployment: ModelDeployment,
  description: ModelDescription,
  hosts: ReadonlyMap<string, CapacityHost>,
): Demand {
  const { source, digest, bytes: sizeBytes, shape } = description;
  const bytesOn = (host: CapacityHost | undefined): number => memoryOn(deployment, description, host);
  const current = currentReplicas(deployment.status?.replicas ?? []).map((replica) => ({
    ...replica,
    hosts: replica.hosts.map(({ name }) => ({ name, bytes: bytesOn(hosts.get(name)) })),
  }));
  const served = { source, digest, sizeBytes, ...(shape && { architecture: shape.architecture }) };
  return demand(deployment, served, (host) => bytesOn(hosts.get(host.name)), current);
}

function demand(
  deployment: ModelDeployment,
  model: Omit<Demand["model"], "names">,
  bytesOn: Demand["bytesOn"],
  current: readonly CurrentReplica[],
): Demand {
  const { metadata, spec } = deployment;
  const { layer, hostSelector, spreadBy, minimumTrust } = spec.placement;
  return {
    deployment: keyOf(metadata),
    namespace: metadata.namespace ?? "default",
    createdAt: Date.parse(metadata.creationTimestamp),
    priority: spec.priority,
    replicas: metadata.deletionTimestamp === undefined ? desiredReplicas(deployment) : 0,
    ...{ layer, hostSelector, spreadBy, minimumTrust, bytesOn, current },
    // What lies on a host under our names is for the operator to know: it finds names in the way before it writes.
    model: { ...model, context: spec.context, names: [] },
  };
}

function memoryOn({ spec }: ModelDeployment, described: ModelDescription, host: CapacityHost | undefined): number {
  const declared = quantityBytes(spec.memory);
  if (declared !== undefined) return declared;
  const { bytes, attachedBytes, shape } = described;
  if (!shape) return estimateWithoutShape(bytes).totalBytes;
  return estimateMemory({
    ...{ shape, attachedBytes },
    weightsBytes: Math.max(0, bytes - attachedBytes),
    context: spec.context,
    parallel: host?.engine.parallel ?? 1,
    cacheType: host?.engine.kvCacheType ?? "f16",
    device: host?.accelerated ? "accelerator" : "cpu",
  }).totalBytes;
}

/** A replica and its successor on the same host are one to placement, and take room for both. */
function currentReplicas(replicas: readonly Replica[]): CurrentReplica[] {
  const replaced = new Set(replicas.map(({ replaces }) => replaces));
  return replicas
    .filter(({ id }) => !replaced.has(id))
    .map(({ id, state, hosts, replaces }) => {
      const old = replicas.find((other) => other.id === replaces);
      const oldBytes = (name: string): number => old?.hosts.find((host) => host.name === name)?.bytes ?? 0;
      return {
        id,
        state: old?.state === "Ready" ? "Ready" : state,
        hosts: hosts.map(({ name, bytes }) => ({ name, bytes: bytes + oldBytes(name) })),
      };
    });
}
