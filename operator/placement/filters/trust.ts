import type { Trust } from "../snapshot.ts";
import type { Filter } from "./filter.ts";

const ranks: Record<Trust, number> = { unknown: 0, known: 1, trusted: 2 };

/** The community trusts the host at least as far as the deployment asks. */
export const trustedEnough: Filter = {
  name: "trust",
  events: ["HostSpec"],
  check: ({ demand, host }) =>
    ranks[host.trust] >= ranks[demand.minimumTrust]
      ? undefined
      : { code: "TrustTooLow", wanted: demand.minimumTrust, trust: host.trust },
};
