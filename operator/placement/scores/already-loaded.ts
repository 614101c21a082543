import type { Score } from "./score.ts";

/** In memory under one of our names: it answers at once. */
export const alreadyLoaded: Score = {
  name: "already loaded",
  score: ({ demand, host }) => (demand.model.names.some(({ name }) => host.loaded.includes(name)) ? 1 : 0),
};
