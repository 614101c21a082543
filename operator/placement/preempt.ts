/**
 * Room for a deployment of higher priority. Where nothing else is in the way, replicas of strictly lower priority on one host may have to give
 * way: those that serve nobody at once, ready ones only when enough others of their deployment are ready, or can be made so elsewhere
 * first. The preempting replica is placed by a later plan, when the room is really free; until then that room is held for it.
 * Nothing is remembered between plans: the same choice comes out again, because a move that has begun is the cheapest one.
 */
import { bestHost, type Room } from "./admit.ts";
import { evictionHelps, firstRefusal } from "./filters/all.ts";
import { without } from "./ledger.ts";
import type { Preemption } from "./plan.ts";
import type { Resident } from "./residents.ts";
import { byPrecedence, hostsUsed, type Roster, staying } from "./roster.ts";
import type { PlacementHost } from "./snapshot.ts";
import { unserved } from "./standing.ts";

interface Victim extends Resident {
  /** `Leaving`: it goes anyway, it only has to be waited for. */
  readonly when: Preemption["when"] | "Leaving";
  /** Its replacement is on its way or not needed. */
  readonly begun: boolean;
}

interface Option {
  readonly host: PlacementHost;
  readonly victims: readonly Victim[];
}

/** Marks the victims as leaving and holds the room, for each replica that is missing. */
export function preempt(roster: Roster, room: Room): void {
  const preempting: Preemption[] = [];
  const held = new Set<string>();
  for (let lacking = roster.missing; lacking > 0; lacking--) {
    const option = bestOption(roster, room, held);
    if (!option) break;
    held.add(option.host.name);
    preempting.push(...option.victims.flatMap((victim) => claim(victim, option.host, roster)));
    room.ledger.take(option.host, roster.demand, roster.demand.bytesOn(option.host));
  }
  roster.preempting = preempting;
}

function claim({ roster, replica, when }: Victim, host: PlacementHost, by: Roster): Preemption[] {
  if (when === "Leaving") return [];
  const why = { code: "Preempted", by: by.demand.deployment } as const;
  roster.standings.set(replica, { kind: "Leaves", why, urgent: unserved(replica) });
  return [
    { deployment: roster.demand.deployment, replica: replica.id, host: host.name, by: by.demand.deployment, when },
  ];
}

function bestOption(roster: Roster, room: Room, held: ReadonlySet<string>) {
  const used = hostsUsed(roster);
  const options: Option[] = [];
  for (const host of room.hosts.values()) {
    if (used.has(host.name) || held.has(host.name)) continue;
    const victims = victimsOn(host, roster, room);
    if (victims) options.push({ host, victims });
  }
  return options.toSorted(cheapestFirst)[0];
}

/** The fewest replicas that have to go so that it fits, cheapest first; `undefined` where that is not enough or not allowed. */
function victimsOn(host: PlacementHost, { demand }: Roster, room: Room): Victim[] | undefined {
  const mayGo = candidatesOn(host, demand.priority, room);
  if (mayGo.length === 0) return undefined;
  const usage = room.ledger.usage(host.name);
  const refusal = firstRefusal({ now: room.now, demand, host, usage });
  if (!refusal || !evictionHelps[refusal.code]) return undefined;
  const fits = (victims: readonly Victim[]) =>
    !firstRefusal({ now: room.now, demand, host, usage: without(usage, victims) });
  let victims: Victim[] = [];
  for (const candidate of mayGo.toSorted(cheaper)) {
    victims.push(candidate);
    if (fits(victims)) break;
  }
  if (!fits(victims)) return undefined;
  // The last one may have made earlier, smaller ones needless.
  for (const victim of victims.toReversed()) {
    const fewer = victims.filter((other) => other !== victim);
    if (fewer.length > 0 && fits(fewer)) victims = fewer;
  }
  return victims;
}

function candidatesOn(host: PlacementHost, below: number, room: Room): Victim[] {
  const victims: Victim[] = [];
  for (const resident of room.residents.get(host.name) ?? []) {
    const standing = resident.roster.standings.get(resident.replica);
    const leaves = standing?.kind === "Leaves" && standing.urgent;
    if (leaves) victims.push({ ...resident, when: "Leaving", begun: true });
    else if (resident.roster.demand.priority < below) victims.push(...asVictim(resident, host, room));
  }
  return victims;
}

/** None where it is ready and could not be replaced. */
function asVictim(resident: Resident, host: PlacementHost, room: Room): Victim[] {
  const { roster, replica } = resident;
  if (unserved(replica)) return [{ ...resident, when: "Now", begun: true }];
  const others = staying(roster).filter((other) => other !== replica);
  const wanted = roster.demand.replicas;
  const ready = others.filter(({ state }) => state === "Ready").length;
  if (ready >= wanted) return [{ ...resident, when: "Now", begun: true }];
  if (others.length >= wanted) return [{ ...resident, when: "WhenReplaced", begun: true }];
  return bestHost(roster, room, host.name) ? [{ ...resident, when: "WhenReplaced", begun: false }] : [];
}

const dearness: Record<Victim["when"], number> = { Leaving: 0, Now: 1, WhenReplaced: 2 };

function cheaper(a: Victim, b: Victim): number {
  return (
    dearness[a.when] - dearness[b.when] ||
    Number(b.begun) - Number(a.begun) ||
    byPrecedence(b.roster.demand, a.roster.demand) ||
    (a.replica.id < b.replica.id ? -1 : 1)
  );
}

function cheapestFirst(a: Option, b: Option): number {
  const count = ({ victims }: Option, of: (victim: Victim) => boolean) => victims.filter(of).length;
  return (
    count(a, ({ begun }) => !begun) - count(b, ({ begun }) => !begun) ||
    count(a, ({ when }) => when === "WhenReplaced") - count(b, ({ when }) => when === "WhenReplaced") ||
    count(a, ({ when }) => when === "Now") - count(b, ({ when }) => when === "Now") ||
    a.victims.length - b.victims.length ||
    (a.host.name < b.host.name ? -1 : 1)
  );
}
