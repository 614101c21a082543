/** A plan while it is made: the status that is to be, and what is to be done. The steps write into it in order; outside it is pure. */
import type {
  ModelDeploymentConditionType,
  ModelDeploymentEvent,
  ModelDeploymentReason,
} from "../apis/conditions/model-deployment.ts";
import type { ModelDeploymentStatus, Refusal, Replica, ReplicaHost, ReplicaState } from "../apis/model-deployment.ts";
import { rfc3339 } from "../clock/clock.ts";
import type { Refusal as PlacementRefusal } from "../placement/refusal.ts";
import type { Command, EventDraft } from "./command.ts";
import type { Snapshot, Strike } from "./snapshot.ts";
import type { Wanted } from "./wanted.ts";

export interface Said {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: ModelDeploymentReason;
  readonly message: string;
}

export class Draft {
  readonly snapshot: Snapshot;
  /** As last written; nothing is done on a host under a name that is not in here. */
  readonly written: ModelDeploymentStatus;
  status: ModelDeploymentStatus;
  replicas: Replica[];
  /** What every replica is to become; absent while the reference is not resolved. */
  wanted: Wanted | undefined;
  readonly commands: Command[] = [];
  readonly events: EventDraft[] = [];
  readonly said = new Map<ModelDeploymentConditionType, Said>();
  /** Outcomes of tasks that are in this status. */
  readonly consumed = new Set<number>();
  readonly strikes = new Map<string, Strike>();
  /** Replicas whose load and probe just succeeded. */
  readonly probed = new Set<string>();
  /** Replicas whose host has the model on its disk, verified as far as its claim goes. */
  readonly pulled = new Set<string>();
  /** What is worse than asked for, as sentences. */
  readonly degraded: { readonly reason: ModelDeploymentReason; readonly message: string }[] = [];
  /** For waking when something happens that could change these answers. */
  refusals: readonly PlacementRefusal[] = [];
  #wakeAt: number | undefined;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.written = snapshot.deployment.status ?? {};
    this.status = structuredClone(this.written);
    this.replicas = this.status.replicas ?? [];
  }

  get now(): number {
    return this.snapshot.now;
  }

  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  /** Look again at this time, if nothing happens before. */
  wake(at: number): void {
    this.#wakeAt = Math.min(this.#wakeAt ?? at, at);
  }

  say(
    type: ModelDeploymentConditionType,
    status: Said["status"],
    reason: ModelDeploymentReason,
    message: string,
  ): void {
    this.said.set(type, { status, reason, message });
  }

  tell(type: EventDraft["type"], reason: ModelDeploymentEvent, message: string): void {
    this.events.push({ type, reason, message });
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  /** Changes the replica's state; `since` moves only when the state does. */
  move(replica: Replica, state: ReplicaState, reason?: ModelDeploymentReason, message?: string): void {
    if (replica.state !== state || replica.since === undefined) replica.since = rfc3339(this.now);
    replica.state = state;
    setOptional(replica, "reason", reason);
    setOptional(replica, "message", message?.slice(0, 2048));
  }

  drop(replica: Replica): void {
    this.replicas = this.replicas.filter((other) => other !== replica);
  }

  refuse(refusals: Refusal[]): void {
    if (refusals.length > 0) this.status.refusals = refusals.slice(0, 50);
    else delete this.status.refusals;
  }

  /** The status holds these very names already, so what we make under them will be found again after any crash. */
  writtenDown(replica: Replica): boolean {
    const before = this.written.replicas?.find(({ id }) => id === replica.id);
    if (!before || before.revision !== replica.revision) return false;
    return replica.hosts.every((host, index) => {
      const there = before.hosts[index];
      return there !== undefined && holdsNames(there, host);
    });
  }
}

/** `there` holds every name of `part`; that it may hold one more, which is done with, harms nothing. */
function holdsNames(there: ReplicaHost, part: ReplicaHost): boolean {
  const pulled = part.pulled === undefined || part.pulled === there.pulled;
  return there.name === part.name && there.model === part.model && there.base === part.base && pulled;
}

/** With `exactOptionalPropertyTypes` an absent field is deleted, never set to undefined. */
export function setOptional<T extends object, K extends keyof T>(object: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}

/** The one machine of a replica, until models are split. */
export function hostOf(replica: Replica): ReplicaHost | undefined {
  return replica.hosts[0];
}
