/**
 * An owner may lower their share, and a model may turn out larger than estimated: then the replicas on a host are more than it allows.
 * Who comes last in precedence leaves, unserved ones first, until the rest fits; a ready one drains, it is not dropped.
 */
import type { Room } from "./admit.ts";
import type { Resident } from "./residents.ts";
import { byPrecedence } from "./roster.ts";
import { unserved } from "./standing.ts";

export function relieve({ hosts, ledger, residents: all }: Room): void {
  for (const host of hosts.values()) {
    const { allowedBytes: allowed } = host.memory;
    if (ledger.usage(host.name).bytes <= allowed) continue;
    const residents = all.get(host.name) ?? [];
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
