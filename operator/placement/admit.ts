/** Finds hosts for the replicas that a deployment lacks, best first, and keeps every refusal. */
import { firstRefusal } from "./filters/all.ts";
import type { Ledger } from "./ledger.ts";
import type { Refusal } from "./refusal.ts";
import type { Residents } from "./residents.ts";
import { carriers, hostsUsed, type Roster, staying } from "./roster.ts";
import { best } from "./scores/all.ts";
import type { PlacementHost } from "./snapshot.ts";

export interface Room {
  readonly now: number;
  /** By name, in the order of names. */
  readonly hosts: ReadonlyMap<string, PlacementHost>;
  readonly ledger: Ledger;
  readonly residents: Residents;
}

/** `explained`: refusals are wanted too. */
export function admit(roster: Roster, room: Room, explained: boolean): void {
  const { demand } = roster;
  let lacking = demand.replicas - staying(roster).length;
  while (lacking > 0) {
    const host = bestHost(roster, room);
    if (!host) break;
    const bytes = demand.bytesOn(host);
    room.ledger.take(host, demand, bytes);
    roster.added.push({ id: unusedId(roster), hosts: [{ name: host.name, bytes }], action: { kind: "Add" } });
    lacking--;
  }
  roster.missing = Math.max(0, lacking);
  if (explained && roster.missing > 0) roster.refusals = refusalsOf(roster, room);
}

/** The best host that would take one more; `except` leaves one out. */
export function bestHost(roster: Roster, room: Room, except?: string): PlacementHost | undefined {
  const { demand } = roster;
  const used = hostsUsed(roster);
  const carrying = carriers(roster, room.hosts);
  const candidates = [...room.hosts.values()]
    .filter(({ name }) => name !== except && !used.has(name))
    .map((host) => ({ demand, host, usage: room.ledger.usage(host.name), carriers: carrying }))
    .filter((candidate) => !firstRefusal({ ...candidate, now: room.now }));
  return best(candidates)?.host;
}

function refusalsOf(roster: Roster, { now, hosts, ledger }: Room): Refusal[] {
  const used = hostsUsed(roster);
  const refusals: Refusal[] = [];
  for (const host of hosts.values()) {
    if (used.has(host.name)) continue;
    const detail = firstRefusal({ now, demand: roster.demand, host, usage: ledger.usage(host.name) });
    if (detail) refusals.push({ ...detail, host: host.name });
  }
  return refusals;
}

/** `r1`, `r2`, …: the first that no replica has. */
function unusedId({ demand, added }: Roster): string {
  const used = new Set([...demand.current, ...added].map(({ id }) => id));
  let number = 1;
  while (used.has(`r${number}`)) number++;
  return `r${number}`;
}
