/** One look at one host: read what its spec refers to, connect, plan, write. Everything slow (probes, removals) goes on beside it. */
import { fieldManagers, hostFinalizer } from "../apis/group.ts";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../apis/model-host.ts";
import type { Clock } from "../clock/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { ReconcileResult } from "../kube/controller.ts";
import type { EventRecorder } from "../kube/events.ts";
import { addFinalizer, isDeleting, removeFinalizer } from "../kube/finalizers.ts";
import type { Store } from "../kube/store.ts";
import { connectionOf } from "./endpoint.ts";
import type { HostLimits } from "./limits.ts";
import { type HostEvent, type HostPlan, plan } from "./plan.ts";
import type { HostRuntime } from "./runtime.ts";
import type { HostSnapshot } from "./snapshot.ts";
import type { TransportSettings } from "./transport.ts";
import { wantsOn } from "./wants.ts";

export interface ReconcileContext {
  /** Fenced by the leader's lease. */
  readonly client: KubeClient;
  readonly hosts: Store<ModelHost>;
  readonly deployments: Store<ModelDeployment>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly limits: HostLimits;
  readonly transport: TransportSettings;
  readonly secretNamespace: string;
  /** Makes the plan's answer the view that others read. */
  readonly publish: (runtime: HostRuntime, snapshot: HostSnapshot, planned: HostPlan) => void;
  readonly onStatusWrite?: (outcome: "written" | "failed") => void;
}

export async function reconcile(
  context: ReconcileContext,
  runtime: HostRuntime,
  name: string,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  const object = context.hosts.get(name);
  if (!object) return undefined;
  const { clock } = context;
  const rereadAt = await runtime.readings.refresh(object.spec, clock.now(), isSuspect(runtime), signal);
  runtime.use(
    connectionOf(object.spec, runtime.readings.secrets, {
      ...context.transport,
      secretNamespace: context.secretNamespace,
    }),
  );
  const snapshot = gather(context, runtime, name);
  if (!snapshot) return undefined;
  const planned = plan(snapshot);
  runtime.unwantedSince = planned.names.unwantedSince;
  context.publish(runtime, snapshot, planned);
  await apply(context, runtime, snapshot.object, planned, signal);
  const retryAt = runtime.remover.offer(planned.due);
  const times = [planned.wakeAt, rereadAt, retryAt].filter((at) => at !== undefined);
  return times.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...times) - clock.now()) } : undefined;
}

/** All from memory. `undefined`: there is no such ModelHost, or nobody knows yet how it is reached. */
export function gather(context: ReconcileContext, runtime: HostRuntime, name: string): HostSnapshot | undefined {
  const object = context.hosts.get(name);
  const { connection, liveness, facts, writtenAt } = runtime;
  if (!object || !connection) return undefined;
  const now = context.clock.now();
  return {
    now,
    object,
    connection,
    liveness,
    ...(facts === undefined ? {} : { facts }),
    node: runtime.readings.node,
    quiet: runtime.quiet(object, now),
    wants: wantsOn(name, context.deployments.list()),
    // The controller runs only once the caches are synced.
    wantsSynced: true,
    wished: runtime.wishes.map(({ removal }) => removal),
    done: runtime.remover.done,
    troubles: runtime.remover.troubles,
    unwantedSince: runtime.unwantedSince,
    ...(writtenAt === undefined ? {} : { writtenAt }),
    limits: context.limits,
  };
}

/** The host refused what we showed it: perhaps the Secret was renewed. */
function isSuspect({ liveness }: HostRuntime): boolean {
  return liveness.failure?.terminal ?? false;
}

async function apply(
  context: ReconcileContext,
  runtime: HostRuntime,
  object: ModelHost,
  planned: HostPlan,
  signal: AbortSignal,
): Promise<void> {
  const { client, hosts, events } = context;
  if (planned.finalizer === "Remove") {
    await tell(events, object, planned.events);
    const left = await removeFinalizer(client, modelHosts, object, hostFinalizer, { signal });
    if (left) hosts.observe(left as ModelHost);
    return;
  }
  let current = object;
  if (planned.finalizer === "Add") {
    const held = await addFinalizer(client, modelHosts, object, hostFinalizer, { signal });
    if (!held) return; // gone or being deleted by now: the watch brings it
    hosts.observe(held as ModelHost);
    current = held as ModelHost;
    // Somebody else's change came in between: its own look will follow.
    if (current.metadata.generation !== object.metadata.generation) return;
  }
  const settled = runtime.wishes.filter(({ removal }) => isWrittenIn(planned, removal.model));
  if (planned.write === "Now" && !(isDeleting(current) && !current.metadata.finalizers?.length)) {
    await write(context, current, planned, signal);
    runtime.writtenAt = context.clock.now();
    runtime.remover.forget(new Set((planned.status.removals ?? []).map(({ model }) => model)));
    await tell(events, current, planned.events);
  }
  // With "Later" the list of removals is the written one: only numbers differ.
  for (const wish of settled) {
    const index = runtime.wishes.indexOf(wish);
    if (index >= 0) runtime.wishes.splice(index, 1);
    wish.written(true);
  }
}

/** Listed, or found to be nothing that may go: both is the last word on a wish. A full list is not. */
function isWrittenIn({ names }: HostPlan, model: string): boolean {
  return names.removals.some((removal) => removal.model === model) || !names.overflow;
}

async function write(
  context: ReconcileContext,
  { metadata }: ModelHost,
  { status }: HostPlan,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid, resourceVersion } = metadata;
  try {
    // The version makes it a conflict where somebody wrote since: the list of removals must never go back.
    const sent = { metadata: { name, uid, resourceVersion }, status };
    const written = await context.client.applyStatus<ModelHost>(modelHosts, sent, {
      fieldManager: fieldManagers.operator,
      signal,
    });
    context.hosts.observe(written);
    context.onStatusWrite?.("written");
  } catch (error) {
    context.onStatusWrite?.("failed");
    throw error;
  }
}

async function tell(recorder: EventRecorder, object: ModelHost, events: readonly HostEvent[]): Promise<void> {
  const batch = recorder.batch(object);
  for (const { type, reason, message } of events) batch.add({ type, reason, action: "Reconcile", note: message });
  await batch.commit();
}
