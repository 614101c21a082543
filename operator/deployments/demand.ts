/** What a deployment asks of placement: the wanted replicas, those that exist, and what each takes on each host. */
import type { ModelDeployment, ModelDeploymentStatus, Replica } from "../apis/model-deployment.ts";
import { desiredReplicas } from "../apis/model-deployment.ts";
import { keyOf } from "../kube/resource.ts";
import type { CurrentReplica, Demand, HostFailure } from "../placement/snapshot.ts";
import type { Estimator, Strike } from "./snapshot.ts";
import { bytesOn } from "./steps/measure.ts";

export interface DemandInput {
  readonly deployment: ModelDeployment;
  readonly status: ModelDeploymentStatus;
  readonly estimate: Estimator;
  readonly strikes: ReadonlyMap<string, Strike>;
  /** Names that will be written on hosts. */
  readonly names: readonly { readonly name: string; readonly digest?: string }[];
}

/** Undefined where the content is not known: what has no size cannot be placed. What exists keeps its memory either way. */
export function demandOf(input: DemandInput): Demand | undefined {
  const { deployment, status, estimate, names } = input;
  const { spec, metadata } = deployment;
  const { model } = status;
  if (!model) return undefined;
  return {
    deployment: keyOf(metadata),
    namespace: metadata.namespace ?? "default",
    createdAt: Date.parse(metadata.creationTimestamp),
    priority: spec.priority,
    replicas: desiredReplicas(deployment),
    layer: spec.placement.layer,
    hostSelector: spec.placement.hostSelector,
    spreadBy: spec.placement.spreadBy,
    minimumTrust: spec.placement.minimumTrust,
    model: {
      source: model.source,
      digest: model.digest,
      sizeBytes: model.sizeBytes,
      context: spec.context,
      ...(model.architecture === undefined ? {} : { architecture: model.architecture }),
      names,
    },
    bytesOn: (host) => bytesOn(deployment, status, estimate, host),
    current: currentReplicas(status.replicas ?? []),
    ...strikesOf(input.strikes),
  };
}

/** A replica and its successor on the same host are one to placement: they count once, and take room for both. */
export function currentReplicas(replicas: readonly Replica[]): CurrentReplica[] {
  const successors = new Map(replicas.flatMap((replica) => (replica.replaces ? [[replica.replaces, replica]] : [])));
  const counted = replicas.filter(({ id }) => !successors.has(id));
  return counted.map((replica) => {
    const old = replicas.find(({ id }) => id === replica.replaces);
    if (!old) return { id: replica.id, hosts: replica.hosts, state: replica.state };
    const hosts = replica.hosts.map((host, index) => ({
      name: host.name,
      bytes: host.bytes + (old.hosts[index]?.name === host.name ? (old.hosts[index]?.bytes ?? 0) : 0),
    }));
    return { id: replica.id, hosts, state: old.state === "Ready" ? "Ready" : replica.state };
  });
}

function strikesOf(strikes: ReadonlyMap<string, Strike>): Pick<Demand, "failures" | "unsupported"> {
  const failures: HostFailure[] = [];
  const unsupported: { host: string; version: string; said: string }[] = [];
  for (const [host, { until, failures: count, message, unsupportedBy }] of strikes) {
    if (unsupportedBy !== undefined) unsupported.push({ host, version: unsupportedBy, said: message });
    else failures.push({ host, until, failures: count, message });
  }
  return { failures, unsupported };
}
