/** A rollout over a real API server; statuses are written by the test, as the operator would. */
import { pino } from "pino";
import { beforeAll } from "vitest";
import type { Drift } from "../../governance/rollout/command.ts";
import { createRollout, type RolloutOptions } from "../../governance/rollout/create-rollout.ts";
import type { Rollout, RolloutOutcome, Target } from "../../governance/rollout/rollout.ts";
import { labels } from "../../operator/apis/group.ts";
import { members } from "../../operator/apis/member.ts";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { withDeadline } from "../../operator/kube/deadline.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { removeOurs } from "../control-plane/remove-ours.ts";
import { installCrds, workerControlPlane } from "../control-plane/test.ts";
import { test as base } from "../kube-faults/test.ts";

export { eventually } from "../kube-faults/eventually.ts";
export * from "./targets.ts";

export interface Running {
  readonly rollout: Rollout;
  readonly drifts: Drift[];
  advance(target: Target): Promise<RolloutOutcome>;
  /** Rejects when nothing is worth a look within some seconds. */
  changed(): Promise<void>;
  /** Steps, whenever a look is worth it, until the outcome is as asked. */
  until(target: Target, holds: (outcome: RolloutOutcome) => boolean): Promise<RolloutOutcome>;
  /** The operator says of all that is waited for that it is ready, until the target is applied. */
  apply(target: Target): Promise<Extract<RolloutOutcome, { state: "applied" }>>;
  /** From one moment to the next nothing comes of it any more. */
  stop(): Promise<void>;
}

export type Start = (client: KubeClient, options?: Partial<RolloutOptions>) => Running;

export const types: Readonly<Record<string, ResourceType>> = {
  Member: members,
  ModelHost: modelHosts,
  ModelDeployment: modelDeployments,
};

export function useGovernedKinds(): void {
  beforeAll(async () => {
    await installCrds(await workerControlPlane(), "manifests/crds");
  });
}

export const test = base
  .extend("start", ({ atEnd, client: operator }): Start => {
    return (client, { hooks, ...options } = {}) => {
      const abort = new AbortController();
      const drifts: Drift[] = [];
      const rollout = createRollout({
        ...{ client, clock: systemClock, random: systemRandom, logger: pino({ level: "silent" }) },
        hooks: { ...hooks, onDrift: (drift) => drifts.push(drift) },
        backoff: { baseMs: 20, maxMs: 100, forgetAfterMs: 1_000 },
        ...options,
      });
      const run = rollout.run(abort.signal);
      const stop = async (): Promise<void> => {
        abort.abort(new Error("the test stops the rollout"));
        await run;
      };
      atEnd(stop);
      const advance = (target: Target): Promise<RolloutOutcome> => rollout.advance(target, abort.signal);
      const changed = (): Promise<void> => within(waitMs, (signal) => rollout.changed(signal));
      const until = async (target: Target, holds: (outcome: RolloutOutcome) => boolean): Promise<RolloutOutcome> => {
        for (;;) {
          const outcome = await advance(target);
          if (holds(outcome)) return outcome;
          await changed().catch((cause) => {
            throw new Error(`no look was worth it after ${JSON.stringify(outcome)}`, { cause });
          });
        }
      };
      const apply: Running["apply"] = async (target) => {
        for (;;) {
          const outcome = await advance(target);
          if (outcome.state === "applied") {
            // What a watch told between the look and its end is no news to whoever waits for the next change.
            await advance(target);
            return outcome;
          }
          if (outcome.state === "failed") throw new Error(JSON.stringify(outcome));
          for (const { kind, why, ...ref } of outcome.waitsFor) {
            if (!why.includes("being deleted")) await sayReady(operator, types[kind]!, ref);
          }
          await changed();
        }
      };
      return { rollout, drifts, stop, advance, changed, until, apply };
    };
  })
  .extend("tidy", { auto: true }, async ({ client, namespace: _ }, { onCleanup }): Promise<boolean> => {
    await removeGoverned(client);
    onCleanup(() => removeGoverned(client));
    return true;
  });

/** A rollout would remove what an earlier test has governed; other tests share the server too. */
export function removeGoverned(client: KubeClient): Promise<void> {
  return removeOurs(client, labels.governedBy);
}

const waitMs = 60_000;

function within<R>(timeoutMs: number, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const onTimeout = (): Error => new Error(`not within ${timeoutMs} ms`);
  return withDeadline({ clock: systemClock, timeoutMs, onTimeout }, work);
}

/** The operator's word on the newest spec. */
export async function sayReady(
  client: KubeClient,
  type: ResourceType,
  { namespace, name }: { readonly name: string; readonly namespace?: string | undefined },
  status: "True" | "False" = "True",
): Promise<void> {
  const ref = { name, ...(namespace !== undefined && { namespace }) };
  const live = await client.get(type, ref);
  const condition = {
    type: "Ready",
    status,
    reason: status === "True" ? "EveryReplicaReady" : "ProbeFailed",
    message: status === "True" ? "It serves." : "It does not serve.",
    observedGeneration: live?.metadata.generation,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const body = { metadata: ref, status: { observedGeneration: live?.metadata.generation, conditions: [condition] } };
  await client.applyStatus(type, body as never, { fieldManager: "commonhold-operator" });
}
