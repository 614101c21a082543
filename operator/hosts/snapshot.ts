/** Everything that one plan for a host looks at. What was not found is an empty field. Times are milliseconds since the epoch. */
import type { ModelHost } from "../apis/model-host.ts";
import type { Connection } from "./endpoint.ts";
import type { NodeReading } from "./hardware.ts";
import type { HostLimits } from "./limits.ts";
import type { Liveness } from "./liveness.ts";
import type { HostFacts } from "./probe.ts";
import type { QuietState } from "./quiet-hours.ts";
import type { WantedRemoval } from "./view.ts";
import type { Want } from "./wants.ts";

export interface HostSnapshot {
  readonly now: number;
  /** The newest state that we know: the cache, or the answer to our own last write. */
  readonly object: ModelHost;
  readonly connection: Connection;
  readonly liveness: Liveness;
  /** The last answer; kept while it does not answer. */
  readonly facts?: HostFacts;
  readonly node: NodeReading;
  readonly quiet: QuietState;
  readonly wants: readonly Want[];
  /** Every ModelDeployment was read: before, "nobody wants it" means nothing. */
  readonly wantsSynced: boolean;
  /** Asked for and not in the status yet. */
  readonly wished: readonly WantedRemoval[];
  /** Names that were removed from the host and are still in the status's list. */
  readonly done: ReadonlySet<string>;
  /** Why the last try to remove a name failed. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Since when nobody wants a name that we made. */
  readonly unwantedSince: ReadonlyMap<string, number>;
  /** When this process last wrote the status. */
  readonly writtenAt?: number;
  readonly limits: HostLimits;
}
