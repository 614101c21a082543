/**
 * How good a host is among those that passed every filter: higher is better, compared only with the same score of other hosts. Scores are
 * asked in order and the first that differs decides, so that one can say why a host was chosen.
 */
import type { HostUsage } from "../filters/filter.ts";
import type { Demand, PlacementHost } from "../snapshot.ts";

export interface Candidate {
  readonly demand: Demand;
  readonly host: PlacementHost;
  readonly usage: HostUsage;
  /** Hosts that carry, or will carry, a replica of the same deployment and are not about to leave it. */
  readonly carriers: readonly PlacementHost[];
}

export interface Score {
  readonly name: string;
  score(candidate: Candidate): number;
}
