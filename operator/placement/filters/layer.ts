import type { Filter } from "./filter.ts";

/** A member's own device serves its owner; a community machine serves everybody. Neither stands in for the other. */
export const sameLayer: Filter = {
  name: "layer",
  events: ["HostSpec"],
  check: ({ demand, host }) =>
    demand.layer === host.layer ? undefined : { code: "WrongLayer", wanted: demand.layer, layer: host.layer },
};
