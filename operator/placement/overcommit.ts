/**
 * An owner may lower their share, and a model may turn out larger than estimated: then the replicas on a host are more than it allows.
 * Who comes last in precedence leaves, unserved ones first, until the rest fits; a ready one drains, it is not dropped.
 */
import type { Ledger } from "./ledger.ts";
import { byPrecedence, type Roster } from "./roster.ts";
import type { CurrentReplica, PlacementHost } from "./snapshot.ts";
import { unserved } from "./standing.ts";

interface Resident {
  readonly roster: Roster;
  readonly replica: CurrentReplica;
  readonly bytes: number;
}

export function relieve(hosts: ReadonlyMap<string, PlacementHost>, rosters: readonly Roster[], ledger: Ledger): void {
  for (const host of hosts.values()) {
    const { allowedBytes: allowed } = host.memory;
    if (ledger.usage(host.name).bytes <= allowed) continue;
    const residents = residentsOf(host.name, rosters);
    const leaving = residents.filter(({ roster, replica }) => roster.standings.get(replica)?.kind === "Leaves");
    let kept = ledger.usage(host.name).bytes - sum(leaving);
    for (const resident of residents.toSorted(lastFirst)) {
      if (kept <= allowed) break;
      if (leaving.includes(resident)) continue;
      kept -= resident.bytes;
      const refusal = {
        host: host.name,
        code: "NotEnoughMemory",
        needed: resident.bytes,
        used: kept,
        allowed,
      } as const;
      resident.roster.standings.set(resident.replica, {
        kind: "Leaves",
        why: { code: "HostRefuses", refusal },
        urgent: unserved(resident.replica),
      });
    }
  }
}

export function residentsOf(host: string, rosters: readonly Roster[]): Resident[] {
  return rosters.flatMap((roster) =>
    roster.demand.current.flatMap((replica) =>
      replica.hosts.filter(({ name }) => name === host).map(({ bytes }) => ({ roster, replica, bytes })),
    ),
  );
}

function lastFirst(a: Resident, b: Resident): number {
  return (
    Number(unserved(b.replica)) - Number(unserved(a.replica)) ||
    byPrecedence(b.roster.demand, a.roster.demand) ||
    (a.replica.id < b.replica.id ? 1 : -1)
  );
}

function sum(residents: readonly Resident[]): number {
  return residents.reduce((total, { bytes }) => total + bytes, 0);
}
