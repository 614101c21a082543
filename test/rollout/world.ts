/** A rollout over a cluster in memory: time stands still, statuses are written by the test, nothing is real but the code. */
import { pino } from "pino";
import { type ObjectName, objectKey } from "../../governance/policy/policy.ts";
import type { Drift } from "../../governance/rollout/command.ts";
import { createRollout, type RolloutOptions } from "../../governance/rollout/create-rollout.ts";
import { rolloutKinds } from "../../governance/rollout/kinds.ts";
import { defaultRolloutLimits } from "../../governance/rollout/limits.ts";
import { type LiveObject, liveOf } from "../../governance/rollout/live.ts";
import type { Rollout, RolloutOutcome, Target } from "../../governance/rollout/rollout.ts";
import type { Snapshot } from "../../governance/rollout/snapshot.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { clientOf } from "../doubles/kube/client.ts";
import { Cluster, type Stored } from "../doubles/kube/cluster.ts";

export const types: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  rolloutKinds.map(({ type }) => [type.kind, type]),
);

export function newCluster(): Cluster {
  return new Cluster(rolloutKinds, ["community", "lab"]);
}

/** As the operator would say of everything that has a status. */
export function sayReady(cluster: Cluster, which: (object: Stored) => boolean = () => true, status = "True"): void {
  for (const object of cluster.all()) {
    if (object.kind === "Member" || !which(object)) continue;
    const observedGeneration = object.metadata.generation;
    const [reason, message] = status === "True" ? ["Serving", "It serves."] : ["ProbeFailed", "It does not serve."];
    const ready = {
      type: "Ready",
      status,
      reason,
      message,
      observedGeneration,
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    cluster.setStatus(types[object.kind]!, object.metadata, { observedGeneration, conditions: [ready] });
  }
}

export function liveIn(cluster: Cluster): ReadonlyMap<string, LiveObject> {
  const live = cluster.all().map((object) => liveOf(object, types[object.kind]!));
  return new Map(live.map((one) => [keyOf(one), one]));
}

export function keyOf({ kind, metadata: { namespace, name } }: Pick<Stored, "kind" | "metadata">): string {
  return objectKey({ kind, name, ...(namespace !== undefined && { namespace }) } as ObjectName);
}

export function snapshotOf(cluster: Cluster, rest: Partial<Snapshot> = {}): Snapshot {
  return {
    kinds: rolloutKinds,
    live: liveIn(cluster),
    missingNamespaces: new Set(),
    failures: new Map(),
    wasApplied: false,
    waitingSince: undefined,
    isSettled: () => false,
    limits: defaultRolloutLimits,
    ...rest,
  };
}

export interface Running {
  readonly rollout: Rollout;
  readonly clock: ManualClock;
  readonly drifts: Drift[];
  advance(target: Target): Promise<RolloutOutcome>;
  /** Steps until it is applied or fails; the operator says of everything that it is ready. */
  apply(target: Target): Promise<RolloutOutcome>;
  /** Whether a look is worth it, once everything that was to be seen was seen. */
  isWorthALook(): Promise<boolean>;
  stop(): Promise<void>;
}

export function startRollout(cluster: Cluster, options: Partial<RolloutOptions> = {}): Running {
  const clock = new ManualClock();
  const drifts: Drift[] = [];
  const abort = new AbortController();
  const rollout = createRollout({
    ...{ client: clientOf(cluster), clock, random: () => 0, logger: pino({ level: "silent" }) },
    ...options,
    hooks: { onDrift: (drift) => void drifts.push(drift), ...options.hooks },
  });
  const run = rollout.run(abort.signal);
  const advance = async (target: Target): Promise<RolloutOutcome> => {
    await settled();
    return rollout.advance(target, abort.signal);
  };
  return {
    ...{ rollout, clock, drifts, advance },
    async apply(target) {
      for (let step = 0; step < 10; step++) {
        const outcome = await advance(target);
        if (outcome.state !== "waiting") return outcome;
        sayReady(cluster);
      }
      throw new Error("it waits for ever");
    },
    async isWorthALook() {
      await settled();
      const ending = new AbortController();
      const looking = rollout.changed(ending.signal).then(
        () => true,
        () => false,
      );
      ending.abort();
      return looking;
    },
    async stop() {
      abort.abort(new Error("the test stops the rollout"));
      await run;
    },
  };
}

/** Whatever can happen without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
