import type { Filter } from "./filter.ts";

/** Other people's words do not travel over a connection that anybody on the way can read. */
export const transportSecure: Filter = {
  name: "transport security",
  events: ["HostSpec", "HostReady"],
  check: ({ demand, host }) =>
    host.transportSecure || demand.layer !== "community"
      ? undefined
      : { code: "InsecureTransport", layer: demand.layer },
};
