import type { Score } from "./score.ts";
import { domainOf } from "./spread.ts";

/** Also where nobody asked for it, not all at one owner's or one site when it costs no pull: those fail together. */
export const otherOwnersAndSites: Score = {
  name: "other owners and sites",
  score({ host, carriers }) {
    const shared = carriers.filter(
      (carrier) => carrier.owner === host.owner || domainOf(carrier, "site") === domainOf(host, "site"),
    );
    return -shared.length;
  },
};
