/**
 * What is to be done about one deployment, and what its status is to say: a pure function of a snapshot. The steps run in
 * order, each in a file of its own; each reads what the ones before have decided. Doing (`apply.ts`) comes after.
 *
 * The order that keeps every crash harmless: a finalizer before anything else; the names that will be made on a host into the
 * status before the host is touched; the removal of names into the host's own durable list before they leave our status.
 */

import { deploymentFinalizer } from "../apis/group.ts";
import type { ModelDeploymentStatus } from "../apis/model-deployment.ts";
import { hasFinalizer, isDeleting } from "../kube/finalizers.ts";
import type { Refusal } from "../placement/refusal.ts";
import type { Command, EventDraft } from "./command.ts";
import { conditions } from "./conditions.ts";
import { Draft } from "./draft.ts";
import type { Snapshot, Strike } from "./snapshot.ts";
import { finalise } from "./steps/finalise.ts";
import { measure } from "./steps/measure.ts";
import { place } from "./steps/place.ts";
import { realise } from "./steps/realise.ts";
import { remove } from "./steps/remove.ts";
import { resolve } from "./steps/resolve.ts";
import { roll, takeOver } from "./steps/roll.ts";
import { settle } from "./steps/settle.ts";
import { watchHosts } from "./steps/watch-hosts.ts";
import { summarise } from "./summary.ts";

export interface Plan {
  readonly status: ModelDeploymentStatus;
  readonly commands: readonly Command[];
  /** To be sent once the status is written. */
  readonly events: readonly EventDraft[];
  /** Outcomes of tasks that this status holds. */
  readonly consumed: ReadonlySet<number>;
  /** Hosts on which this deployment has failed too often, to be remembered. */
  readonly strikes: ReadonlyMap<string, Strike>;
  /** Why hosts were not chosen: the plan is worth making again when one of these could change. */
  readonly refusals: readonly Refusal[];
  /** Look again then, in milliseconds since the epoch, though nothing happens. */
  readonly wakeAt?: number;
}

const serving = [
  settle, // what came of the tasks that ended
  resolve, // what the reference means
  measure, // how much memory one replica takes
  watchHosts, // which hosts went away or came back
  place, // which replicas there are to be, and where
  roll, // replicas of old settings get successors
  realise, // each replica's next step on its host
  takeOver, // successors that are ready
  remove, // what leaves is handed to its host
  conditions,
  summarise,
];

const leaving = [settle, finalise, remove, conditions, summarise];

export function plan(snapshot: Snapshot): Plan {
  const draft = new Draft(snapshot);
  const { deployment } = snapshot;
  if (!isDeleting(deployment) && !hasFinalizer(deployment, deploymentFinalizer)) {
    draft.command({ kind: "AddFinalizer" });
    return finished(draft);
  }
  for (const step of isDeleting(deployment) ? leaving : serving) step(draft);
  return finished(draft);
}

function finished(draft: Draft): Plan {
  const { status, commands, events, consumed, strikes, refusals, wakeAt } = draft;
  return { status, commands, events, consumed, strikes, refusals, ...(wakeAt === undefined ? {} : { wakeAt }) };
}
