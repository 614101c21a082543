/**
 * What a proposal would do, before anybody votes: every object with its diff as the API server would store it, what would
 * happen to machines, and what the models are. A plan is parsing, dry runs and arithmetic: nothing of a proposal is
 * executed or stored, so it is safe for proposals of anybody.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { keyOf } from "../../operator/kube/resource.ts";
import type { Parsed } from "../constitution/documents/problem.ts";
import { atOnce } from "../policy/at-once.ts";
import type { Policy } from "../policy/policy.ts";
import { removalProblems } from "../policy/removals.ts";
import { capacityOf } from "./capacity/capacity.ts";
import type { Change } from "./capacity/community.ts";
import { type ChangedObject, changedObjects } from "./changed-objects.ts";
import { askingCluster, type DryRun } from "./cluster-view.ts";
import { clusterCallsAtOnceMax, diffsMax } from "./limits.ts";
import type { DescribeModel } from "./models/description.ts";
import { type FoundModel, factsOf, findModels } from "./models/model-facts.ts";
import { objectPlan } from "./object-plan.ts";
import type { ProposalPlan } from "./plan.ts";

export interface PlanSources {
  /** Where it is left out or does not answer, files are compared instead. */
  readonly cluster?: KubeClient | undefined;
  /** Left out: nothing is said of models. */
  readonly describeModel?: DescribeModel | undefined;
  readonly clock: Clock;
}

/** `before`: what is ratified. Rejects with the signal's reason; whatever else goes wrong is in the plan. */
export async function makePlan(
  before: Policy,
  candidate: Parsed<Policy>,
  { cluster, describeModel, clock }: PlanSources,
  signal: AbortSignal,
): Promise<ProposalPlan> {
  if (!candidate.ok) return failedPlan(candidate.problems);
  const removals = removalProblems(before, candidate.value).map(({ code: _, ...problem }) => problem);
  if (removals.length > 0) return failedPlan(removals);
  const changes = changedObjects(before, candidate.value);
  return askingCluster(cluster, clock, signal, async (view) => {
    const [answers, found] = await Promise.all([
      view && atOnce(changes, clusterCallsAtOnceMax, (change) => view.dryRun(change, changes.length)),
      findModels(changes, describeModel, clock, signal),
    ]);
    const objects = changes.map((change, index) => objectPlan(change, answers?.[index], index < diffsMax));
    // Only objects with the API server's defaults can be placed.
    const isAway = answers?.some(({ kind }) => kind === "Unanswered");
    const capacity = await capacityOf({
      cluster: isAway ? undefined : view,
      changes: machineChanges(changes, answers),
      found: byName(found),
      now: clock.now(),
    });
    return { problems: [], objects, capacity, models: factsOf(found) };
  });
}

function failedPlan(problems: ProposalPlan["problems"]): ProposalPlan {
  return { problems, objects: [], capacity: [], models: [] };
}

/** Without a cluster it is known that there are changes, and not what they do. */
function machineChanges(changes: readonly ChangedObject[], answers: readonly DryRun[] | undefined): Change[] {
  return changes.flatMap((change, index): Change[] => {
    const answer = answers?.[index];
    if (change.kind === "Member" || answer?.kind === "Refused") return [];
    const result = answer?.kind === "Accepted" ? answer.result : change.after?.body;
    return [{ kind: change.kind, key: keyOf(change), result }];
  });
}

function byName(found: ReadonlyMap<string, FoundModel>): ReadonlyMap<string, FoundModel> {
  return new Map([...found.values()].map((one) => [keyOf(one.changed), one]));
}
