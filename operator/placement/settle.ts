/**
 * The last word on each replica of one deployment, once it is known who should stay. Too many: those that are least far go. Leaving but
 * serving: kept as long as fewer than wanted are ready without it, and until its owner's patience ends.
 */
import type { ReplicaState } from "../apis/model-deployment.ts";
import type { DeploymentPlan, LeaveReason, PlannedReplica } from "./plan.ts";
import { type Roster, staying } from "./roster.ts";
import { domainOf } from "./scores/spread.ts";
import type { CurrentReplica, Demand, PlacementHost } from "./snapshot.ts";
import type { Standing } from "./standing.ts";

type Leaving = Extract<Standing, { kind: "Leaves" }>;

export function settle(roster: Roster, hosts: ReadonlyMap<string, PlacementHost>): DeploymentPlan {
  const { demand, standings, added, missing, refusals } = roster;
  const kept = chosenToStay(staying(roster), demand, hosts);
  const drained = stillServing(roster, kept);
  const decided = [...standings].map(([replica, standing]): PlannedReplica => {
    if (standing.kind === "Leaves") return leaving(replica, standing, drained.has(replica));
    return kept.includes(replica) ? keep(replica) : remove(replica, { code: "ScaledDown" });
  });
  const replicas = [...decided, ...added].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { deployment: demand.deployment, replicas, missing, refusals };
}

/** Lower is further from serving. */
const progress: Record<ReplicaState, number> = {
  Removing: 0,
  Failed: 1,
  Lost: 2,
  Pending: 3,
  Pulling: 4,
  Verifying: 5,
  Creating: 6,
  Loading: 7,
  Ready: 8,
};

/** One after the other: the furthest, where the fewest of the chosen are, with the lowest id. */
function chosenToStay(all: readonly CurrentReplica[], demand: Demand, hosts: ReadonlyMap<string, PlacementHost>) {
  const chosen: CurrentReplica[] = [];
  const left = new Set(all);
  const domains = ({ hosts: carried }: CurrentReplica) =>
    carried.flatMap(({ name }) => hosts.get(name) ?? []).map((host) => domainOf(host, demand.spreadBy));
  while (chosen.length < demand.replicas && left.size > 0) {
    const taken = chosen.flatMap(domains);
    const crowd = (replica: CurrentReplica) => taken.filter((domain) => domains(replica).includes(domain)).length;
    const [next] = [...left].toSorted(
      (a, b) => progress[b.state] - progress[a.state] || crowd(a) - crowd(b) || (a.id < b.id ? -1 : 1),
    );
    if (!next) break;
    left.delete(next);
    chosen.push(next);
  }
  return chosen;
}

/** Of those that leave, the ones that are still needed: who may stay longest first. */
function stillServing({ demand, standings }: Roster, kept: readonly CurrentReplica[]): Set<CurrentReplica> {
  const ready = kept.filter(({ state }) => state === "Ready").length;
  const patient = [...standings].filter(([, standing]) => standing.kind === "Leaves" && !standing.urgent);
  const deadline = (standing: Standing) => (standing.kind === "Leaves" ? (standing.mustLeaveAt ?? Infinity) : Infinity);
  const sorted = patient.toSorted(
    ([a, aStanding], [b, bStanding]) =>
      progress[b.state] - progress[a.state] ||
      compareNumbers(deadline(bStanding), deadline(aStanding)) ||
      (a.id < b.id ? -1 : 1),
  );
  return new Set(sorted.slice(0, Math.max(0, demand.replicas - ready)).map(([replica]) => replica));
}

/** `Infinity - Infinity` is no order. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function leaving(replica: CurrentReplica, { why, mustLeaveAt }: Leaving, drains: boolean): PlannedReplica {
  if (!drains) return remove(replica, why);
  const action = { kind: "Drain", why, ...(mustLeaveAt === undefined ? {} : { mustLeaveAt }) } as const;
  return { id: replica.id, hosts: replica.hosts, action };
}

function keep({ id, hosts }: CurrentReplica): PlannedReplica {
  return { id, hosts, action: { kind: "Keep" } };
}

function remove({ id, hosts }: CurrentReplica, why: LeaveReason): PlannedReplica {
  return { id, hosts, action: { kind: "Remove", why } };
}
