import type { Filter } from "./filter.ts";

/**
 * What Ollama keeps in memory at once where nobody told it: three for each card, or three without any
 * (https://github.com/ollama/ollama/blob/v0.24.0/server/sched.go#L64). How many cards a host has nobody tells us, so one is assumed.
 */
export const loadedModelsAssumed = 3;

/** The server keeps so many models in memory; one more would throw another one out at every question. */
export const loadedModelsLeft: Filter = {
  name: "most loaded models",
  events: ["ReplicaGone", "HostSpec"],
  check({ host, usage }) {
    const declared = host.engine.maxLoadedModels;
    const maximum = declared ?? loadedModelsAssumed;
    if (usage.replicas < maximum) return undefined;
    return { code: "TooManyModels", placed: usage.replicas, maximum, isDeclared: declared !== undefined };
  },
};
