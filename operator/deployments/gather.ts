/** Reads all that one plan needs, from memory alone: the caches of the API server, the directory of hosts, what is under way. */
import type { ModelDeployment } from "../apis/model-deployment.ts";
import type { HostDirectory, HostView } from "../hosts/view.ts";
import { keyOf } from "../kube/resource.ts";
import type { Store } from "../kube/store.ts";
import type { Limits } from "./limits.ts";
import type { Memory } from "./memory.ts";
import { askPlacement, placedBytes } from "./placing.ts";
import type { Resolutions } from "./resolution.ts";
import type { Estimator, HostFacts, Neighbour, Snapshot } from "./snapshot.ts";
import type { Tasks } from "./tasks/tasks.ts";

export interface GatherContext {
  readonly deployments: Store<ModelDeployment>;
  readonly hosts: HostDirectory;
  readonly tasks: Tasks;
  readonly resolutions: Resolutions;
  readonly memory: Memory;
  readonly estimate: Estimator;
  readonly insecureRegistries: ReadonlySet<string>;
  readonly siteFills: boolean;
  readonly limits: Limits;
}

/** `undefined`: there is no such deployment (any more). */
export function gather(context: GatherContext, key: string, now: number): Snapshot | undefined {
  const deployment = context.deployments.get(key);
  if (!deployment) return undefined;
  const { uid } = deployment.metadata;
  const { hosts, memory, tasks, resolutions, estimate, insecureRegistries, siteFills, limits } = context;
  const all = context.deployments.list();
  const remembered = memory.of(uid);
  return {
    now,
    deployment,
    insecureRegistries,
    siteFills,
    hosts: new Map(hosts.list().map((view) => [view.name, factsOf(view)])),
    hostsSynced: hosts.synced,
    resolution: resolutions.view(uid),
    tasks: tasks.list(uid),
    busy: tasks.busy(),
    strikes: memory.strikesOf(uid, now),
    pastFailures: memory.pastFailures(uid, now),
    loads: remembered.loads,
    neighbours: neighboursOf(deployment, all),
    placedBytes: placedBytes(all),
    removing: removingOf(hosts, uid),
    handedOver: remembered.handedOver,
    place: (change) => askPlacement({ ...context, all, now }, deployment, change),
    estimate,
    limits,
  };
}

function factsOf(view: HostView): HostFacts {
  const { name, object, reachable, since, version, models, loaded, placement } = view;
  return {
    name,
    reachable,
    since,
    ...(version === undefined ? {} : { version }),
    accelerated: object.spec.hardware.accelerator !== "cpu",
    models: new Map(models.map((model) => [model.name, { digest: model.digest, bytes: model.bytes }])),
    loaded,
    placement,
  };
}

/** Served models of other deployments, by host. */
export function neighboursOf(deployment: ModelDeployment, all: readonly ModelDeployment[]): Map<string, Neighbour[]> {
  const found = new Map<string, Neighbour[]>();
  for (const other of all) {
    const digest = other.status?.model?.digest;
    if (other.metadata.uid === deployment.metadata.uid || digest === undefined) continue;
    for (const replica of other.status?.replicas ?? []) {
      for (const { name, model } of replica.state === "Removing" ? [] : replica.hosts) {
        if (model === undefined) continue;
        const neighbour = { deployment: keyOf(other.metadata), model, digest, context: other.spec.context };
        found.set(name, [...(found.get(name) ?? []), neighbour]);
      }
    }
  }
  return found;
}

function removingOf(hosts: HostDirectory, uid: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { host, model, uid: owner } of hosts.removals.pending()) {
    if (owner === uid) found.set(host, (found.get(host) ?? new Set()).add(model));
  }
  return found;
}
