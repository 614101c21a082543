import type { Score } from "./score.ts";

/** The share of the allowed memory that is left afterwards: load is levelled, large gaps stay for large models on large hosts. */
export const freeMemoryAfter: Score = {
  name: "free memory after",
  score({ demand, host, usage }) {
    const { allowedBytes } = host.memory;
    return allowedBytes === 0 ? 0 : (allowedBytes - usage.bytes - demand.bytesOn(host)) / allowedBytes;
  },
};
