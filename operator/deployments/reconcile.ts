/**
 * One pass over one deployment: gather → plan → apply → at most one status write → events. The store takes the answer of every
 * write at once, so the next pass never plans from what it was before.
 */
import { fieldManagers } from "../apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import type { Clock } from "../clock/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ReconcileResult } from "../kube/controller.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import type { EventRecorder } from "../kube/events.ts";
import { wakesFor } from "../placement/filters/all.ts";
import type { PlacementEvent } from "../placement/refusal.ts";
import { apply } from "./apply.ts";
import { worthWriting } from "./coalesce.ts";
import { type GatherContext, gather } from "./gather.ts";
import { type Plan, plan } from "./plan.ts";
import type { Snapshot } from "./snapshot.ts";

export interface ReconcileContext extends GatherContext {
  readonly client: Pick<KubeClient, "get" | "patch" | "applyStatus">;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** For which events this deployment is worth planning again, though nothing of its own changed. */
  readonly onWaiting: (key: string, wakes: ReadonlySet<PlacementEvent>) => void;
  readonly onStatusWrite: (outcome: "written" | "failed") => void;
  /** Room was given up on hosts. */
  readonly onReplicaGone: () => void;
}

/** How soon to look again while the hosts were not all asked once. */
const unsyncedRetryMs = 250;

export async function reconcile(
  context: ReconcileContext,
  key: string,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  const snapshot = gather(context, key, context.clock.now());
  if (!snapshot) return undefined;
  const planned = plan(snapshot);
  context.onWaiting(key, planned.refusals.length > 0 ? wakesFor(planned.refusals) : new Set());
  await apply({ ...context, now: () => context.clock.now() }, snapshot.deployment, planned.commands, signal);
  if (planned.commands.some(({ kind }) => kind === "AddFinalizer" || kind === "HandOver")) return { requeueAfterMs: 0 };
  if (planned.commands.some(({ kind }) => kind === "RemoveFinalizer")) return undefined;
  const writeAt = await writeStatus(context, snapshot, planned, signal);
  const wakeAt = earliest(planned.wakeAt, writeAt);
  if (!snapshot.hostsSynced) return { requeueAfterMs: unsyncedRetryMs };
  return wakeAt === undefined ? undefined : { requeueAfterMs: Math.max(0, wakeAt - context.clock.now()) };
}

/** The time at which a change that only shows progress is worth its write. */
async function writeStatus(
  context: ReconcileContext,
  snapshot: Snapshot,
  planned: Plan,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { memory, tasks, limits, clock } = context;
  const { deployment } = snapshot;
  const { uid } = deployment.metadata;
  const { wroteAt } = memory.of(uid);
  const worth = worthWriting(deployment.status, planned.status, wroteAt, clock.now(), limits, snapshot.hostsSynced);
  if (worth.kind === "At") return worth.at;
  if (worth.kind === "Now") {
    const written = await send(context, deployment, planned, signal);
    if (!written) return undefined;
    const ids = (planned.status.replicas ?? []).map(({ id }) => id);
    memory.wrote(uid, clock.now(), ids);
    if (ids.length < (deployment.status?.replicas ?? []).length) context.onReplicaGone();
  }
  memory.addStrikes(uid, planned.strikes);
  tasks.acknowledge(planned.consumed);
  if (worth.kind === "Now") await tell(context, deployment, planned);
  return undefined;
}

/** `false`: it is gone. */
async function send(
  context: ReconcileContext,
  { metadata }: ModelDeployment,
  { status }: Plan,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, namespace, uid, resourceVersion } = metadata;
  // Preconditions: never on a later object of the same name, and never over what somebody wrote since (a leader that was frozen wakes late).
  const object = {
    metadata: { name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) },
    status,
  };
  try {
    const written = await context.client.applyStatus<ModelDeployment>(modelDeployments, object, {
      fieldManager: fieldManagers.operator,
      signal,
    });
    context.deployments.observe(written);
    context.onStatusWrite("written");
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    // Somebody wrote in between: nothing failed, the next pass decides on what is there now (kube/controller.ts, `conflict`).
    if (!isConflict(error)) context.onStatusWrite("failed");
    throw error;
  }
}

async function tell(context: ReconcileContext, deployment: ModelDeployment, { events }: Plan): Promise<void> {
  const batch = context.events.batch(deployment);
  for (const { type, reason, message } of events) batch.add({ type, reason, action: "Reconcile", note: message });
  await batch.commit();
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
