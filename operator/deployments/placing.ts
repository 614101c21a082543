/** Asks placement about one deployment with all the others as they are: it decides over all, each takes its own part of the answer. */
import type { ModelDeployment, ModelDeploymentStatus } from "../apis/model-deployment.ts";
import type { HostDirectory, HostView } from "../hosts/view.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { keyOf } from "../kube/resource.ts";
import { plan } from "../placement/plan.ts";
import type { Demand, PlacementHost, ServedContent } from "../placement/snapshot.ts";
import { type DemandInput, demandOf } from "./demand.ts";
import type { Limits } from "./limits.ts";
import type { Memory } from "./memory.ts";
import type { DemandChange, Estimator, PlacementAnswer } from "./snapshot.ts";
import { namesOf } from "./source.ts";
import { wantedOf } from "./wanted.ts";

export interface PlacingContext {
  readonly all: readonly ModelDeployment[];
  readonly hosts: HostDirectory;
  readonly memory: Memory;
  readonly estimate: Estimator;
  readonly insecureRegistries: ReadonlySet<string>;
  readonly limits: Limits;
  readonly now: number;
}

export function askPlacement(
  context: PlacingContext,
  deployment: ModelDeployment,
  change: DemandChange,
): PlacementAnswer {
  const { all, hosts, now, estimate, limits } = context;
  const own = demandOf({ deployment, estimate, ...change });
  const others = all.filter(({ metadata }) => metadata.uid !== deployment.metadata.uid);
  const demands = others.flatMap((other) => demandOfOther(context, other) ?? []);
  const key = keyOf(deployment.metadata);
  const placed = plan({
    now,
    hosts: hosts.list().map((view) => hostFor(view, all)),
    demands: own ? [...demands, own] : demands,
    reservedBytes: Object.fromEntries(placedBytes(others.filter((other) => !counts(other)))),
    patience: { lostGraceMs: limits.hostLostGraceMs },
    only: key,
  });
  const answer = placed.deployments.find((planned) => planned.deployment === key);
  return answer ?? { deployment: key, replicas: [], missing: 0, refusals: [] };
}

/** With what placement itself does not look at, but an estimate does. */
function hostFor({ name, placement, object }: HostView, all: readonly ModelDeployment[]): PlacementHost {
  const accelerated = object.spec.hardware.accelerator !== "cpu";
  const served = servedOn(name, all);
  return Object.assign({ accelerated, served }, withDownloads(placement, downloadsOn(name, all)));
}

function servedOn(host: string, all: readonly ModelDeployment[]): ServedContent[] {
  return all.flatMap(({ metadata, spec, status }) => {
    const digest = status?.model?.digest;
    const there = status?.replicas?.some(
      ({ state, hosts }) => state !== "Removing" && hosts.some(({ name }) => name === host),
    );
    return there && digest !== undefined ? [{ deployment: keyOf(metadata), digest, context: spec.context }] : [];
  });
}

/** Memory by host of all replicas that these deployments have anywhere, also of those that are leaving. */
export function placedBytes(deployments: readonly ModelDeployment[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { status } of deployments) {
    for (const { hosts } of status?.replicas ?? []) {
      for (const { name, bytes } of hosts) sums.set(name, (sums.get(name) ?? 0) + bytes);
    }
  }
  return sums;
}

/** One that is being deleted asks for nothing more; what it still has takes room until it is gone. */
function counts(deployment: ModelDeployment): boolean {
  return !isDeleting(deployment) && deployment.status?.model !== undefined;
}

function demandOfOther(context: PlacingContext, deployment: ModelDeployment): Demand | undefined {
  const { status } = deployment;
  if (!counts(deployment) || !status?.model) return undefined;
  const strikes = context.memory.strikesOf(deployment.metadata.uid, context.now);
  return demandOf({
    deployment,
    status,
    estimate: context.estimate,
    strikes,
    names: namesFor(context, deployment, status),
  });
}

function namesFor(
  context: PlacingContext,
  deployment: ModelDeployment,
  status: ModelDeploymentStatus,
): DemandInput["names"] {
  if (!status.model) return [];
  try {
    return namesOf(wantedOf(deployment, status.model, context.insecureRegistries));
  } catch {
    return []; // its spec cannot be read: its own reconcile says so, and it gets no new replica
  }
}

/** Names that downloads of ours leave for a moment: not a stranger's, whatever content they have just now. */
function downloadsOn(host: string, all: readonly ModelDeployment[]): ReadonlySet<string> {
  const parts = all.flatMap(({ status }) => status?.replicas ?? []).flatMap(({ hosts }) => hosts);
  return new Set(parts.flatMap(({ name, pulled }) => (name === host && pulled !== undefined ? [pulled] : [])));
}

function withDownloads(host: PlacementHost, downloads: ReadonlySet<string>): PlacementHost {
  if (downloads.size === 0) return host;
  return {
    ...host,
    models: host.models.map((model) => (downloads.has(model.name) ? { ...model, ours: true } : model)),
  };
}
