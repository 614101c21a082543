/** One step towards a target: look, plan, do, and look again, until there is nothing to do now. */
import { atOnce } from "../policy/at-once.ts";
import { objectKey } from "../policy/policy.ts";
import { type AbsorbContext, absorb } from "./absorb.ts";
import { type ExecuteContext, execute } from "./execute.ts";
import type { Following } from "./following.ts";
import { type GatherContext, gather, type Pass } from "./gather.ts";
import type { RolloutLimits } from "./limits.ts";
import { planRollout, type RolloutPlan } from "./plan.ts";
import { receiptsOf } from "./receipts.ts";
import type { RolloutCode, RolloutOutcome, Target, Waiting } from "./rollout.ts";
import type { Snapshot } from "./snapshot.ts";
import { leftSentence, notFreshSentence, unsettledSentence } from "./words.ts";

export interface StepContext extends GatherContext, AbsorbContext, Omit<ExecuteContext, "until" | "limits"> {
  readonly client: GatherContext["client"] & ExecuteContext["client"];
  readonly limits: RolloutLimits;
  readonly following: Following;
}

export interface StepTaken {
  readonly outcome: RolloutOutcome;
  /** Keys of objects whose every change is worth a look. */
  readonly waitedFor: ReadonlySet<string>;
}

export async function takeStep(context: StepContext, target: Target, signal: AbortSignal): Promise<StepTaken> {
  const { clock, limits, memory, following, drift } = context;
  signal.throwIfAborted();
  const stale = await following.fresh(signal);
  if (stale) return stopped(context, undefined, "Unreachable", notFreshSentence(stale.kind, stale.why));
  const until = clock.now() + limits.advanceTimeoutMs;
  const pass: Pass = { failures: new Map(), tries: new Map(), namespaces: new Map() };
  for (let look = 0; look < limits.looksMax; look++) {
    const snapshot = await gather(context, pass, signal);
    const plan = planRollout(snapshot, target, clock.now());
    memory.planned(plan, clock.now());
    if (plan.commands.length === 0) return ended(context, plan, snapshot);
    for (const command of plan.commands) if (command.kind === "Apply") drift.found(command);
    const done = await execute({ ...context, until }, plan.commands, signal);
    await atOnce(done, limits.writesAtOnceMax, (one) => absorb(context, pass, one));
    const left = done.filter(({ result }) => result === "left").length;
    if (left > 0) return stopped(context, snapshot, "Unreachable", leftSentence(left, pass.failures));
  }
  return stopped(context, undefined, "Conflict", unsettledSentence(limits.looksMax));
}

function ended({ memory }: StepContext, plan: RolloutPlan, snapshot: Snapshot): StepTaken {
  const { standing, failures } = plan;
  const receipts = receiptsOf({ memory, live: snapshot.live, failures });
  if (standing.state === "applied") {
    const changed = receipts.filter(({ result }) => result !== "pruned").length;
    memory.applied();
    return taken({ state: "applied", receipts, unchanged: memory.desired.size - changed }, []);
  }
  const { waitsFor } = standing;
  if (standing.state === "waiting") return taken({ state: "waiting", receipts, waitsFor }, waitsFor);
  const { code, sentence } = standing;
  return taken({ state: "failed", receipts, code, sentence }, waitsFor);
}

/** Broken off: what was done is told, and the next step goes on. */
function stopped(
  { memory }: StepContext,
  snapshot: Snapshot | undefined,
  code: RolloutCode,
  sentence: string,
): StepTaken {
  const { live = new Map(), failures = new Map() } = snapshot ?? {};
  return taken({ state: "failed", receipts: receiptsOf({ memory, live, failures }), code, sentence }, []);
}

function taken(outcome: RolloutOutcome, waitsFor: readonly Waiting[]): StepTaken {
  return { outcome, waitedFor: new Set(waitsFor.map(objectKey)) };
}
