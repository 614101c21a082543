import type { Filter } from "./filter.ts";

/** Neither the host itself nor this deployment on it failed just now. */
export const notBackingOff: Filter = {
  name: "backing off",
  events: ["Time", "HostSpec"],
  check({ demand, host, now }) {
    if (host.backOff && host.backOff.until > now) {
      return { code: "BackingOff", ...host.backOff, message: "the connection to it came and went" };
    }
    const failure = demand.failures?.find((entry) => entry.host === host.name && entry.until > now);
    if (!failure) return undefined;
    const { until, failures, message } = failure;
    return { code: "BackingOff", until, failures, message };
  },
};
