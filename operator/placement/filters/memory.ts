import type { Filter } from "./filter.ts";

/** One replica fits in what is left of the owner's share, and of the machine where the owner's own models run too. */
export const memoryLeft: Filter = {
  name: "memory",
  events: ["ReplicaGone", "HostMemory", "HostSpec"],
  check({ demand, host, usage }) {
    const needed = demand.bytesOn(host);
    const used = usage.bytes;
    const { allowedBytes: allowed, capacityBytes: capacity, strangersBytes: strangers } = host.memory;
    if (needed > allowed) return { code: "LargerThanHost", needed, allowed, capacity, owner: host.owner };
    if (needed + strangers > capacity) return { code: "OwnersModelsInMemory", needed, strangers, used, capacity };
    if (used + needed > allowed) return { code: "NotEnoughMemory", needed, used, allowed };
    if (used + needed + strangers > capacity)
      return { code: "NotEnoughMemory", needed, used, allowed: capacity - strangers };
    return undefined;
  },
};
