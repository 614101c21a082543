import type { Filter } from "./filter.ts";

/** The owner has not paused it. */
export const notPaused: Filter = {
  name: "not paused",
  events: ["HostSpec"],
  check: ({ host }) => host.paused && { code: "Paused", owner: host.owner, since: host.paused.since },
};
