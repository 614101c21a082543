/**
 * The rollout of a process: it follows the governed kinds, and each step looks, plans, does, and looks again until nothing is
 * left to do now. What it remembers between steps (`memory.ts`) only saves work: a step that begins with nothing comes to the
 * same end.
 */
import type { Logger } from "pino";
import { fieldManagers } from "../../operator/apis/group.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/kube/backoff.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { Alarm } from "./alarm.ts";
import type { Drift } from "./command.ts";
import { DriftTeller } from "./drift.ts";
import { Following, type FollowingOptions } from "./following.ts";
import { isGoverned } from "./governed.ts";
import { judge } from "./judge.ts";
import { type GovernedKind, rolloutKinds } from "./kinds.ts";
import { defaultRolloutLimits, type RolloutLimits } from "./limits.ts";
import type { LiveObject } from "./live.ts";
import { Memory } from "./memory.ts";
import type { Rollout, RolloutOutcome } from "./rollout.ts";
import { takeStep } from "./step.ts";

export interface RolloutOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits?: Partial<RolloutLimits>;
  readonly hooks?: RolloutHooks;
  readonly kinds?: readonly GovernedKind[];
  /** Which process, for events. */
  readonly instance?: string;
  readonly backoff?: FollowingOptions["backoff"];
}

/** Plain callbacks for metrics and logs. One that throws is logged. */
export interface RolloutHooks {
  /** Somebody changed or deleted what was as it should be; it is being corrected. Once for each change. */
  readonly onDrift?: (drift: Drift) => void;
}

export function createRollout(options: RolloutOptions): Rollout {
  const { client, clock, random, logger, kinds = rolloutKinds, hooks = {}, backoff } = options;
  const limits = { ...defaultRolloutLimits, ...options.limits };
  const instance = options.instance ?? fieldManagers.governance;
  const memory = new Memory();
  const alarm = new Alarm(clock);
  const watched: Watched = { memory, waitedFor: new Set(), isUnreachable: false };
  const following = new Following({
    ...{ client, kinds, clock, random, logger, limits, backoff },
    onChange: (key, live) => {
      if (isWorthALook(watched, key, live)) alarm.ring();
    },
    onBack: () => {
      if (watched.isUnreachable) alarm.ring();
    },
  });
  const drift = new DriftTeller({ client, clock, logger, instance, onDrift: hooks.onDrift });
  let isBusy = false;

  return {
    async advance(target, signal) {
      if (isBusy) throw new TypeError("advance was called while another one was under way: one at a time");
      isBusy = true;
      try {
        memory.begin(target, kinds);
        alarm.quiet();
        const step = await takeStep({ client, clock, logger, kinds, limits, following, memory, drift }, target, signal);
        remember(watched, step.outcome, step.waitedFor);
        if (memory.waitingSince !== undefined) alarm.ringAt(memory.waitingSince + limits.healthDeadlineMs);
        return step.outcome;
      } finally {
        isBusy = false;
      }
    },
    changed: (signal) => alarm.rung(signal),
    run: (signal) => following.run(signal),
  };
}

interface Watched {
  readonly memory: Memory;
  waitedFor: ReadonlySet<string>;
  isUnreachable: boolean;
}

function remember(watched: Watched, outcome: RolloutOutcome, waitedFor: ReadonlySet<string>): void {
  watched.waitedFor = waitedFor;
  watched.isUnreachable = outcome.state === "failed" && outcome.code === "Unreachable";
}

/** Thousands of status writes pass here: only what the last target is no longer true of, or waits for, wakes anybody. */
function isWorthALook({ memory, waitedFor }: Watched, key: string, live: LiveObject | undefined): boolean {
  const { origin } = memory;
  if (!origin) return false;
  if (waitedFor.has(key)) return true;
  const desired = memory.desired.get(key);
  if (!desired) return live !== undefined && isGoverned(live);
  if (!desired.kind) return false;
  const isSettled = (object: LiveObject): boolean => memory.isSettled(key, object);
  return judge(desired, desired.kind, live, { origin, isSettled }).state !== "current";
}
