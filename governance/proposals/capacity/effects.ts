/** What a proposal does to machines, in sentences: where its models would run, and what that does to the others. */
import { explain } from "../../../operator/placement/explain.ts";
import type { DeploymentPlan, Plan, PlannedReplica } from "../../../operator/placement/plan.ts";
import { leaveInWords } from "../../../operator/placement/sentences.ts";
import type { Demand } from "../../../operator/placement/snapshot.ts";
import { formatBytes } from "../../../operator/text/bytes.ts";
import { listed } from "../../../operator/text/list.ts";
import type { CapacityHost } from "./placement-host.ts";

/** A community with what placement says to it. */
export interface Placed {
  readonly hosts: ReadonlyMap<string, CapacityHost>;
  readonly demands: readonly Demand[];
  readonly plan: Plan;
}

/** `changed`: deployments of the proposal, `namespace/name`. First its machines, then its models, then the others. */
export function effectsOf(before: Placed, after: Placed, changed: ReadonlySet<string>): string[] {
  const names = [...new Set([...planned(before).keys(), ...planned(after).keys()])].toSorted();
  const isOwn = (name: string): boolean => changed.has(name);
  return [
    ...hostEffects(before, after),
    ...names.filter(isOwn).flatMap((name) => ownEffects(name, before, after)),
    ...preemptions(before, after),
    ...names.filter((name) => !isOwn(name)).flatMap((name) => otherEffects(name, before, after)),
  ];
}

function planned({ plan }: Placed): Map<string, DeploymentPlan> {
  return new Map(plan.deployments.map((deployment) => [deployment.deployment, deployment]));
}

function hostEffects(before: Placed, after: Placed): string[] {
  const names = [...new Set([...before.hosts.keys(), ...after.hosts.keys()])].toSorted();
  return names.flatMap((name) => {
    const [was, becomes] = [before.hosts.get(name), after.hosts.get(name)];
    if (!was && becomes) {
      return [`${name} would bring ${memoryOf(becomes)} for models, as ${becomes.owner} declares`];
    }
    if (was && !becomes) return [`${name} would take ${memoryOf(was)} for models with it`];
    if (!was || !becomes || was.memory.allowedBytes === becomes.memory.allowedBytes) return [];
    return [`${name} would have ${memoryOf(becomes)} for models instead of ${memoryOf(was)}`];
  });
}

function memoryOf({ memory }: CapacityHost): string {
  return formatBytes(memory.allowedBytes);
}

function ownEffects(name: string, before: Placed, after: Placed): string[] {
  const becomes = planned(after).get(name);
  if (!becomes) return stopped(name, before, after);
  const there = becomes.replicas.filter(isThere);
  if (there.length === 0 && becomes.missing === 0) return [`${name} would run nowhere: it asks for no replica`];
  const places = there.flatMap(({ hosts }) => hosts).map((place) => inWords(place, after));
  const runs = places.length > 0 ? [`${name} would run on ${listed(places, placesSpelledOutMax)}`] : [];
  const waits = [...new Set(after.plan.preemptions.filter(({ by }) => by === name).map(({ host }) => host))];
  const later = waits.map((host) => `${name} would run on ${host} once there is room`);
  if (becomes.missing <= waits.length) return [...runs, ...later];
  const lacks = places.length > 0 ? "would lack replicas" : "would not run";
  return [...runs, ...later, `${name} ${lacks}: ${explained(becomes)}`];
}

const placesSpelledOutMax = 8;

/** `this-machine (needs 182 MiB; 17.5 GiB stay free)` */
function inWords({ name, bytes }: { readonly name: string; readonly bytes: number }, after: Placed): string {
  return `${name} (needs ${formatBytes(bytes)}; ${formatBytes(freeOn(name, after))} stay free)`;
}

/** Of what the owner allows and no stranger takes, with everything that would be there. */
function freeOn(host: string, { hosts, plan }: Placed): number {
  const memory = hosts.get(host)?.memory;
  if (!memory) return 0;
  const replicas = plan.deployments.flatMap((deployment) =>
    deployment.replicas.filter((one) => one.action.kind !== "Remove"),
  );
  const taken = replicas.flatMap(({ hosts: places }) => places).filter(({ name }) => name === host);
  const used = taken.reduce((sum, { bytes }) => sum + bytes, 0);
  return Math.max(0, Math.min(memory.allowedBytes, memory.capacityBytes - memory.strangersBytes) - used);
}

function stopped(name: string, before: Placed, after: Placed): string[] {
  const places = (planned(before).get(name)?.replicas ?? []).filter(isThere).flatMap(({ hosts }) => hosts);
  return places.map((place) =>
    after.hosts.has(place.name)
      ? `${name} would stop on ${place.name}, where ${formatBytes(place.bytes)} become free`
      : `${name} would stop on ${place.name}`,
  );
}

function preemptions(before: Placed, after: Placed): string[] {
  const known = new Set(before.plan.preemptions.map(({ deployment, replica }) => `${deployment} ${replica}`));
  return after.plan.preemptions
    .filter(({ deployment, replica }) => !known.has(`${deployment} ${replica}`))
    .map(
      ({ deployment, host, by }) => `${deployment} on ${host} would make room for ${by}, which has a higher priority`,
    );
}

/** Told only where the proposal makes a difference. */
function otherEffects(name: string, before: Placed, after: Placed): string[] {
  const [was, becomes] = [planned(before).get(name), planned(after).get(name)];
  if (!was || !becomes) return [];
  const stays = hostsOf(becomes);
  const leaves = becomes.replicas.flatMap(({ action, hosts }) => {
    const goes = action.kind === "Remove" || action.kind === "Drain";
    const [host] = hosts;
    if (!goes || !host || action.why.code === "Preempted" || !hostsOf(was).has(host.name)) return [];
    return [`${name} would leave ${host.name}: ${leaveInWords(action.why)}`];
  });
  const gains = [...stays].filter((host) => !hostsOf(was).has(host)).toSorted();
  return [
    ...leaves,
    ...(gains.length > 0 ? [`${name} would run on ${listed(gains)} too`] : []),
    ...(becomes.missing > was.missing ? [`${name} would lack replicas: ${explained(becomes)}`] : []),
  ];
}

function hostsOf({ replicas }: DeploymentPlan): Set<string> {
  return new Set(replicas.filter(isThere).flatMap(({ hosts }) => hosts.map(({ name }) => name)));
}

function isThere({ action }: PlannedReplica): boolean {
  return action.kind === "Keep" || action.kind === "Add";
}

function explained(planned: DeploymentPlan): string {
  return explain(planned).replace(/\.$/, "");
}
