/**
 * A filter answers one question about one host: can a further replica of this deployment go there? It says what is missing as
 * data, or nothing. The shape is that of the Kubernetes scheduler's filter plugins
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/#filter): first "no" wins, each filter names the
 * events that could change its answer.
 */
import type { PlacementEvent, RefusalDetail } from "../refusal.ts";
import type { Demand, PlacementHost } from "../snapshot.ts";

export interface Question {
  readonly now: number;
  readonly demand: Demand;
  readonly host: PlacementHost;
  /** What is promised there already, without this replica. */
  readonly usage: HostUsage;
}

export interface HostUsage {
  /** Memory. */
  readonly bytes: number;
  /** Downloads that are promised and not on the disk yet. */
  readonly diskBytes: number;
  readonly replicas: number;
}

export const nothingUsed: HostUsage = { bytes: 0, diskBytes: 0, replicas: 0 };

export interface Filter {
  readonly name: string;
  readonly events: readonly PlacementEvent[];
  check(question: Question): RefusalDetail | undefined;
}
