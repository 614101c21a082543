/**
 * What proposals would do, by the trees of what is ratified and of what is proposed. The same proposals are told of with every pass;
 * while neither tree changes, a plan stands for some minutes. What is older is made anew a few at a time: a hundred open proposals
 * must not hold up what was decided.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import type { Parsed } from "../constitution/documents/problem.ts";
import type { Oid } from "../git/repository.ts";
import type { Policy } from "../policy/policy.ts";
import type { ProposalPlan } from "../proposals/plan.ts";
import type { Policies } from "./governance.ts";

export interface PlansOptions {
  readonly policies: Pick<Policies, "load">;
  readonly make: (before: Policy, candidate: Parsed<Policy>, signal: AbortSignal) => Promise<ProposalPlan>;
  readonly clock: Clock;
}

/** Of the two trees; undefined where what is ratified cannot be read. */
export type PlanOf = (before: Oid, candidate: Oid, signal: AbortSignal) => Promise<ProposalPlan | undefined>;

/** Machines and registries change without a proposal. */
export const planKeptMs = 10 * 60_000;
/** Of a plan in which something could not be found out. */
export const partialKeptMs = 2 * 60_000;
/** Between two plans that are made anew only because they are old. */
export const renewEveryMs = 3_000;
/** Of all that are kept together: objects, and lines of their diffs. Whoever proposes decides how large a plan is. */
const weightMax = 200_000;

export function createPlans({ policies, make, clock }: PlansOptions): PlanOf {
  const known = new Map<string, Kept>();
  let weight = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;

  function stands({ at, keptMs }: Kept, now: number): boolean {
    if (now - at < keptMs) return true;
    if (keptMs > 0 && now - renewedAt < renewEveryMs) return true;
    renewedAt = now;
    return false;
  }

  function keep(key: string, kept: Kept): void {
    drop(key);
    known.set(key, kept);
    weight += kept.weight;
    for (const [oldest] of known) {
      if (weight <= weightMax) return;
      drop(oldest);
    }
  }

  function drop(key: string): void {
    weight -= known.get(key)?.weight ?? 0;
    known.delete(key);
  }

  return async (before, candidate, signal) => {
    const key = `${before} ${candidate}`;
    const found = known.get(key);
    const now = clock.now();
    if (found && stands(found, now)) return found.plan;
    const [was, becomes] = await Promise.all([policies.load(before, signal), policies.load(candidate, signal)]);
    if (!was.ok) return undefined;
    const plan = await make(was.value, becomes, signal);
    keep(key, { plan, at: now, keptMs: keptMsOf(plan), weight: weightOf(plan) });
    return plan;
  };
}

interface Kept {
  readonly plan: ProposalPlan;
  readonly at: number;
  readonly keptMs: number;
  readonly weight: number;
}

/** A cluster that did not answer is asked again at once. */
function keptMsOf({ objects, models }: ProposalPlan): number {
  if (objects.some(({ basis }) => basis === "files")) return 0;
  return models.some(({ unknown }) => unknown !== undefined) ? partialKeptMs : planKeptMs;
}

function weightOf({ problems, objects }: ProposalPlan): number {
  return objects.reduce((sum, { diff }) => sum + 1 + diff.length, 1 + problems.length);
}
