import type { Filter } from "./filter.ts";

/** Its ModelHost is not being deleted. */
export const notLeaving: Filter = {
  name: "not leaving",
  events: ["HostSpec"],
  check: ({ host }) => host.leaving && { code: "HostLeaving", since: host.leaving.since },
};
