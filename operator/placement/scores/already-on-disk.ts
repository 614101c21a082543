import { onDisk } from "../filters/disk.ts";
import type { Score } from "./score.ts";

/** Nothing to download: a load instead of a pull. */
export const alreadyOnDisk: Score = {
  name: "already on disk",
  score: ({ demand, host }) => (onDisk(demand.model, host) ? 1 : 0),
};
