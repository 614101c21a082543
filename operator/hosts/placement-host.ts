/** A host as placement wants it. */
import { type Condition, findCondition } from "../kube/conditions.ts";
import type { PlacementHost } from "../placement/snapshot.ts";
import { type Hardware, shareOf } from "./hardware.ts";
import { isUnstable } from "./liveness.ts";
import type { Names } from "./names.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { isOursOn, type Usage } from "./usage.ts";

export function placementHost(
  snapshot: HostSnapshot,
  parts: { names: Names; hardware: Hardware; usage: Usage; conditions: readonly Condition[] },
): PlacementHost {
  const { object, facts, connection, liveness, quiet, now } = snapshot;
  const { names, hardware, usage, conditions } = parts;
  const { spec, metadata } = object;
  const ours = facts ? isOursOn(facts, names.made) : () => false;
  const made = new Set(names.made.map(({ model }) => model));
  const { maxLoadedModels, ...engine } = spec.engine;
  return {
    name: metadata.name,
    owner: spec.owner,
    layer: spec.layer,
    labels: metadata.labels ?? {},
    trust: spec.trust,
    allowedNamespaces: spec.allowedNamespaces,
    transportSecure: connection.transport?.secure ?? true,
    engine: {
      ...engine,
      ...(maxLoadedModels === undefined ? {} : { maxLoadedModels }),
      ...(facts === undefined ? {} : { version: facts.version }),
    },
    memory: {
      capacityBytes: hardware.capacityBytes,
      allowedBytes: shareOf(hardware.capacityBytes, spec.memoryShare),
      strangersBytes: usage.strangersBytes,
    },
    models: (facts?.models ?? []).map(({ name, digest, bytes }) => ({ name, digest, bytes, ours: made.has(name) })),
    loaded: (facts?.loaded ?? []).filter(ours).map(({ name }) => name),
    removing: names.removals.map(({ model }) => model),
    ...(spec.site === undefined ? {} : { site: spec.site }),
    ...(hardware.diskBytes === undefined
      ? {}
      : { disk: { capacityBytes: hardware.diskBytes, usedBytes: usage.diskBytes } }),
    ...notReady(snapshot, conditions),
    ...(spec.pause ? { paused: { since: transition(conditions, "Paused", now) } } : {}),
    ...(quiet.kind === "Quiet" ? { quiet: { since: quiet.since, until: quiet.until, timeZone: quiet.timeZone } } : {}),
    ...(metadata.deletionTimestamp === undefined ? {} : { leaving: { since: Date.parse(metadata.deletionTimestamp) } }),
    ...(isUnstable(liveness, now)
      ? { backOff: { until: liveness.unstableUntil ?? now, failures: liveness.losses.length } }
      : {}),
  };
}

function notReady({ liveness, now }: HostSnapshot, conditions: readonly Condition[]): Pick<PlacementHost, "notReady"> {
  const ready = findCondition(conditions, "Ready");
  if (ready?.status === "True") return {};
  const { reason = "NotAskedYet", message = "It has not been asked yet." } = ready ?? {};
  const since =
    liveness.asked && !liveness.reachable
      ? Math.min(liveness.since, transition(conditions, "Ready", now))
      : transition(conditions, "Ready", now);
  return { notReady: { reason, message, since } };
}

function transition(conditions: readonly Condition[], type: string, now: number): number {
  const at = Date.parse(findCondition(conditions, type)?.lastTransitionTime ?? "");
  return Number.isNaN(at) ? now : at;
}
