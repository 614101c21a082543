/** What is being decided about each deployment while one plan is made: who stays, who leaves, who comes, who refused. */
import type { PlannedReplica, Preemption } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { CurrentReplica, Demand, PlacementHost } from "./snapshot.ts";
import { type Circumstances, type Standing, standingOf } from "./standing.ts";

export interface Roster {
  readonly demand: Demand;
  readonly standings: Map<CurrentReplica, Standing>;
  readonly added: PlannedReplica[];
  missing: number;
  refusals: readonly Refusal[];
  preempting: readonly Preemption[];
}

export function rosterOf(demand: Demand, circumstances: Circumstances): Roster {
  const standings = new Map<CurrentReplica, Standing>();
  for (const replica of demand.current) standings.set(replica, standingOf(replica, demand, circumstances));
  return { demand, standings, added: [], missing: 0, refusals: [], preempting: [] };
}

export function staying({ standings }: Roster): CurrentReplica[] {
  return [...standings].filter(([, standing]) => standing.kind === "Stays").map(([replica]) => replica);
}

/** Names of all hosts that have anything of it, also what is on its way out. */
export function hostsUsed({ demand, added }: Roster): Set<string> {
  return new Set([...demand.current, ...added].flatMap(({ hosts }) => hosts.map(({ name }) => name)));
}

/** The hosts whose replicas count for spreading. */
export function carriers(roster: Roster, hosts: ReadonlyMap<string, PlacementHost>): PlacementHost[] {
  return [...staying(roster), ...roster.added]
    .flatMap((replica) => replica.hosts.map(({ name }) => hosts.get(name)))
    .filter((host) => host !== undefined);
}

/** Who is served first: higher priority, then older, then by name. */
export function byPrecedence(a: Demand, b: Demand): number {
  return b.priority - a.priority || a.createdAt - b.createdAt || (a.deployment < b.deployment ? -1 : 1);
}
