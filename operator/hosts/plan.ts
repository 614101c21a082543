/**
 * What is to be done about one host, and what its status is to say: a pure function of a snapshot. The order that keeps every crash
 * harmless: a finalizer before anything of ours is written down for the host; names written down before they are made, and removals before they
 * are begun; the finalizer last.
 */
import type { ModelHostEvent } from "../apis/conditions/model-host.ts";
import { annotations, hostFinalizer } from "../apis/group.ts";
import type { ModelHost, ModelHostStatus } from "../apis/model-host.ts";
import { type Condition, findCondition, isTrue } from "../kube/conditions.ts";
import { hasFinalizer, isDeleting } from "../kube/finalizers.ts";
import type { PlacementHost } from "../placement/snapshot.ts";
import { listed } from "../text/list.ts";
import { printable } from "../text/printable.ts";
import { conditionsOf } from "./conditions.ts";
import { hardwareOf } from "./hardware.ts";
import { type Names, namesOn } from "./names.ts";
import { placementHost } from "./placement-host.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { difference, statusOf } from "./status.ts";
import { usageOf } from "./usage.ts";
import type { WantedRemoval } from "./view.ts";

export interface HostPlan {
  readonly status: ModelHostStatus;
  /** `Later`: only numbers or wording differ, and the last write is too young. */
  readonly write: "No" | "Now" | "Later";
  readonly finalizer: "Leave" | "Add" | "Remove";
  /** Removals that may be done now. */
  readonly due: readonly WantedRemoval[];
  readonly names: Names;
  readonly conditions: readonly Condition[];
  readonly placement: PlacementHost;
  /** Told once the status is written (or, with `Remove`, before the finalizer goes). */
  readonly events: readonly HostEvent[];
  /** Look again then (milliseconds since the epoch), though nothing happens. */
  readonly wakeAt?: number;
}

export interface HostEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: ModelHostEvent;
  readonly message: string;
}

export function plan(snapshot: HostSnapshot): HostPlan {
  const { object } = snapshot;
  const names = namesOn(snapshot);
  const hardware = hardwareOf(object.spec, snapshot.node);
  const usage = usageOf(snapshot.facts, names.made, object.spec.hardware);
  const conditions = conditionsOf(snapshot, names, hardware);
  const parts = { names, hardware, usage, conditions };
  const status = statusOf(snapshot, parts);
  const change = isNews(snapshot, names) ? difference(object.status, status) : "None";
  const softAt = (snapshot.writtenAt ?? Number.NEGATIVE_INFINITY) + snapshot.limits.softWriteMs;
  const later = change === "Soft" && snapshot.now < softAt;
  const finalizer = finalizerFor(snapshot, names);
  const wakeAt = earliest([later ? softAt : undefined, ...wakeTimes(snapshot, names)], snapshot.now);
  return {
    status,
    write: change === "None" ? "No" : later ? "Later" : "Now",
    finalizer,
    due: names.due,
    names,
    conditions,
    placement: placementHost(snapshot, parts),
    events: finalizer === "Remove" ? letGo(snapshot, names) : eventsOf(object, status, names),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

/** A new host is asked first: "not known yet" would be a write for nothing, unless something of ours is to be held there. */
function isNews({ object, connection, liveness }: HostSnapshot, names: Names): boolean {
  const unasked = object.status === undefined && connection.kind === "Usable" && !liveness.asked;
  return !unasked || names.made.length > 0 || names.removals.length > 0;
}

function finalizerFor(snapshot: HostSnapshot, names: Names): HostPlan["finalizer"] {
  const { object } = snapshot;
  const has = hasFinalizer(object, hostFinalizer);
  if (!isDeleting(object)) return !has && (names.made.length > 0 || names.removals.length > 0) ? "Add" : "Leave";
  if (!has) return "Leave";
  const clean = names.made.length === 0 && names.removals.length === 0;
  return clean || abandoned(object) || snapshot.now >= letGoAt(snapshot) ? "Remove" : "Leave";
}

function abandoned({ metadata }: ModelHost): boolean {
  const value = metadata.annotations?.[annotations.abandon];
  return value !== undefined && value !== "false";
}

/** A machine that does not answer holds its ModelHost only for so long. */
function letGoAt({ object, liveness, limits, now }: HostSnapshot): number {
  const { deletionTimestamp } = object.metadata;
  if (liveness.reachable || deletionTimestamp === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(Date.parse(deletionTimestamp), awaySince(object, liveness.since, now)) + limits.letGoMs;
}

/** Also over restarts of ours: the status remembers since when. */
export function awaySince(object: ModelHost, since: number, now: number): number {
  const known = findCondition(object.status?.conditions as readonly Condition[] | undefined, "Reachable");
  if (known?.status !== "False") return since;
  const at = Date.parse(known.lastTransitionTime);
  return Number.isNaN(at) ? since : Math.min(since, at, now);
}

function letGo({ object }: HostSnapshot, { made, removals }: Names): HostEvent[] {
  const left = [...new Set([...made, ...removals].map(({ model }) => model))];
  if (left.length === 0) return [];
  const why = abandoned(object) ? "its owner said that the machine is gone" : "the machine did not answer";
  const message = `Deleted without cleaning, because ${why}; these may still lie there: ${listed(
    left.map((name) => printable(name, 120)),
    5,
  )}.`;
  return [{ type: "Warning", reason: "LetGo", message }];
}

function wakeTimes(snapshot: HostSnapshot, names: Names): (number | undefined)[] {
  const { quiet, liveness, object, limits } = snapshot;
  const { deletionTimestamp } = object.metadata;
  return [
    quiet.kind === "Quiet" ? quiet.until : quiet.kind === "Open" ? quiet.next : undefined,
    liveness.unstableUntil,
    names.wakeAt,
    deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp) + limits.leaveMs,
    letGoAt(snapshot),
  ];
}

function earliest(times: readonly (number | undefined)[], now: number): number | undefined {
  const coming = times.filter((at) => at !== undefined && Number.isFinite(at) && at > now) as number[];
  return coming.length > 0 ? Math.min(...coming) : undefined;
}

function eventsOf({ status: before }: ModelHost, after: ModelHostStatus, names: Names): HostEvent[] {
  const was = (before?.conditions ?? []) as readonly Condition[];
  const is = (after.conditions ?? []) as readonly Condition[];
  const events: HostEvent[] = [];
  const turned = (type: string) => isTrue(was, type) !== isTrue(is, type);
  const message = (type: string) => findCondition(is, type)?.message ?? "";
  if (turned("Reachable")) {
    if (!isTrue(is, "Reachable")) events.push({ type: "Warning", reason: "HostLost", message: message("Reachable") });
    else if (was.length > 0) events.push({ type: "Normal", reason: "HostBack", message: message("Reachable") });
  }
  if (turned("Ready")) {
    const ready = isTrue(is, "Ready");
    events.push({
      type: ready ? "Normal" : "Warning",
      reason: ready ? "HostReady" : "HostNotReady",
      message: message("Ready"),
    });
  }
  if (before?.version !== undefined && after.version !== undefined && before.version !== after.version) {
    const message = `The engine tells version ${after.version}; before it was ${before.version}.`;
    events.push({ type: "Normal", reason: "EngineChanged", message });
  }
  const memory = findCondition(is, "MemoryKnown");
  if (memory?.reason === "Differs" && findCondition(was, "MemoryKnown")?.reason !== "Differs") {
    events.push({ type: "Warning", reason: "HardwareDiffers", message: memory.message });
  }
  return [...events, ...nameEvents(before, after, names)];
}

function nameEvents(before: ModelHostStatus | undefined, after: ModelHostStatus, { orphans }: Names): HostEvent[] {
  const events: HostEvent[] = orphans.map(({ model, deployment }) => ({
    type: "Normal",
    reason: "OrphanFound",
    message: `${printable(model, 200)} was made for ${deployment} and nobody wants it any more; it is removed.`,
  }));
  const waiting = new Set((after.removals ?? []).map(({ model }) => model));
  const onDisk = new Set((after.models ?? []).map(({ name }) => name));
  for (const { model, deployment, since } of before?.removals ?? []) {
    if (waiting.has(model) || onDisk.has(model)) continue;
    const message = `${printable(model, 200)}, made for ${deployment}, was removed; wanted since ${since}.`;
    events.push({ type: "Normal", reason: "ModelRemoved", message });
  }
  return events;
}
