/**
 * What the operator knows of each machine right now, in memory. Other rooms read hosts through this and nothing else. Times
 * are milliseconds since the epoch, sizes bytes. What a host says of itself (version, models, memory in use) is its claim.
 */
import type { Condition } from "../apis/fields/condition.ts";
import type { ModelHost } from "../apis/model-host.ts";
import type { Engine, LoadedModel, ModelOnDisk } from "../engines/engine.ts";
import type { PlacementEvent } from "../placement/refusal.ts";
import type { PlacementHost } from "../placement/snapshot.ts";

export interface HostView {
  readonly name: string;
  /** As last read from the API server. */
  readonly object: ModelHost;
  /** `false` from the last miss that counted until it answers again; also before it ever answered. */
  readonly reachable: boolean;
  /** When `reachable` became what it is. */
  readonly since: number;
  /** When it last answered all questions; absent: not since this process started. */
  readonly answeredAt?: number;
  readonly version?: string;
  /** On its disk and in its memory, at `answeredAt`; kept as they were while it does not answer. */
  readonly models: readonly ModelOnDisk[];
  readonly loaded: readonly LoadedModel[];
  /** As computed now; the status in the cluster follows. */
  readonly conditions: readonly Condition[];
  /** The condition `Ready` is true: it may serve. Whether it takes new work is for placement to say (pause, quiet hours, memory). */
  readonly ready: boolean;
  /** The same facts as placement wants them. */
  readonly placement: PlacementHost;
  /** The driver to talk to it. Throws `HostUnavailable` where there is no way to (a Secret is missing, a tunnel is down). */
  engine(): Engine;
}

export interface HostChange {
  readonly name: string;
  /** Absent: the ModelHost is gone. */
  readonly view?: HostView;
  /** Which kinds of answers may differ now; never empty. */
  readonly events: ReadonlySet<PlacementEvent>;
}

export interface HostDirectory {
  get(name: string): HostView | undefined;
  /** Sorted by name. */
  list(): readonly HostView[];
  /** `true` once every ModelHost was read and each answered or missed once: before that "no host" means nothing. */
  readonly synced: boolean;
  /**
   * Asks the host now; resolves when it answered or missed. The answer is younger than the call: a probe that was already under way
   * does not count, one that begins later is shared.
   */
  refresh(name: string, options?: { signal?: AbortSignal }): Promise<HostView | undefined>;
  /** Returns what ends it. Handlers must not throw and must not block. */
  onChange(handler: (change: HostChange) => void): () => void;
  readonly removals: HostRemovals;
}

export interface WantedRemoval {
  /** Name on the host. */
  readonly model: string;
  /** `namespace/name`. */
  readonly deployment: string;
  /** Of the ModelDeployment, so that a later one of the same name is not mistaken for it. */
  readonly uid: string;
}

export interface HostRemovals {
  /**
   * Writes down, in the ModelHost's status, that these names are to go; resolves when that is durable and not when they are gone.
   * A name that a live deployment still wants when the host's turn comes is kept and the removal dropped. Resolves `false`, with
   * nothing written, where the ModelHost does not exist: there is nothing to clean then.
   */
  enqueue(host: string, removals: readonly WantedRemoval[], options?: { signal?: AbortSignal }): Promise<boolean>;
  /** What is written down and not yet done, on this host or on all. */
  pending(host?: string): readonly (WantedRemoval & { readonly host: string; readonly message?: string })[];
  /** Resolves `true` when none of this deployment's removals is pending on hosts that answer (hosts that are away do not count). */
  settled(uid: string, options?: { signal?: AbortSignal }): Promise<true>;
}

/** There is no way to ask this host now. `reason` is the same word as in its condition. */
export class HostUnavailable extends Error {
  override readonly name = "HostUnavailable";
  readonly kind = "transient";
  readonly host: string;
  readonly reason: string;

  constructor(host: string, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.host = host;
    this.reason = reason;
  }
}
