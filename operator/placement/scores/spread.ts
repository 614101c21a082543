import type { PlacementHost, SpreadBy } from "../snapshot.ts";
import type { Score } from "./score.ts";

/** Replicas go where the fewest of the same deployment are, by owner or site if so asked. Hosts differ always. */
export const spread: Score = {
  name: "spread",
  score({ demand, host, carriers }) {
    const domain = domainOf(host, demand.spreadBy);
    return -carriers.filter((carrier) => domainOf(carrier, demand.spreadBy) === domain).length;
  },
};

/** A host without a site is a site of its own; names of hosts and sites do not mix. */
export function domainOf(host: PlacementHost, by: SpreadBy): string {
  switch (by) {
    case "host":
      return host.name;
    case "owner":
      return host.owner;
    case "site":
      return host.site === undefined ? `host/${host.name}` : `site/${host.site}`;
  }
}
