import type { Filter } from "./filter.ts";

/** The server keeps as many models in memory as it was told; one more would throw another one out at every question. */
export const loadedModelsLeft: Filter = {
  name: "most loaded models",
  events: ["ReplicaGone", "HostSpec"],
  check({ host, usage }) {
    const maximum = host.engine.maxLoadedModels;
    if (maximum === undefined || usage.replicas < maximum) return undefined;
    return { code: "TooManyModels", placed: usage.replicas, maximum };
  },
};
