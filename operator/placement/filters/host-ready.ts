import type { Filter } from "./filter.ts";

/** The host answers and nothing is wrong with it. */
export const hostReady: Filter = {
  name: "host ready",
  events: ["HostReady"],
  check: ({ host }) => host.notReady && { code: "HostNotReady", ...host.notReady },
};
