/** Who is on which host: every replica that exists, by host, looked up often and built once per plan. */
import type { Roster } from "./roster.ts";
import type { CurrentReplica } from "./snapshot.ts";

export interface Resident {
  readonly roster: Roster;
  readonly replica: CurrentReplica;
  readonly bytes: number;
}

export type Residents = ReadonlyMap<string, readonly Resident[]>;

export function residentsOf(rosters: readonly Roster[]): Residents {
  const residents = new Map<string, Resident[]>();
  for (const roster of rosters) {
    for (const replica of roster.demand.current) {
      for (const { name, bytes } of replica.hosts) {
        const there = residents.get(name);
        if (there) there.push({ roster, replica, bytes });
        else residents.set(name, [{ roster, replica, bytes }]);
      }
    }
  }
  return residents;
}
