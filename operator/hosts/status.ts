/**
 * The status of a ModelHost, and whether a difference is worth a write. What a host says changes with every load; a status that followed each
 * number at once would be written on every probe.
 */
import type { ModelHostStatus } from "../apis/model-host.ts";
import { rfc3339 } from "../clock/clock.ts";
import { type Condition, findCondition } from "../kube/conditions.ts";
import { formatBytes } from "../text/bytes.ts";
import { printable } from "../text/printable.ts";
import { type Hardware, shareOf } from "./hardware.ts";
import { loadedListedMax, modelsListedMax, nameCharsMax } from "./limits.ts";
import type { Liveness } from "./liveness.ts";
import type { Names } from "./names.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { isOursOn, type Usage } from "./usage.ts";

export function statusOf(
  snapshot: HostSnapshot,
  parts: { names: Names; hardware: Hardware; usage: Usage; conditions: readonly Condition[] },
): ModelHostStatus {
  const { object, liveness } = snapshot;
  const { names, hardware, usage, conditions } = parts;
  const allowedBytes = shareOf(hardware.capacityBytes, object.spec.memoryShare);
  const usedBytes = snapshot.facts ? usage.memoryBytes : (object.status?.memory?.usedBytes ?? 0);
  const diskUsedBytes = snapshot.facts ? usage.diskBytes : (object.status?.disk?.usedBytes ?? 0);
  return {
    observedGeneration: object.metadata.generation,
    state: stateOf(snapshot, conditions),
    summary: `${formatBytes(usedBytes)} of ${formatBytes(allowedBytes)}`,
    memory: { capacityBytes: hardware.capacityBytes, allowedBytes, usedBytes },
    disk: {
      ...(hardware.diskBytes === undefined ? {} : { capacityBytes: hardware.diskBytes }),
      usedBytes: diskUsedBytes,
    },
    ...said(snapshot, names),
    ...(names.made.length > 0 ? { made: [...names.made] } : {}),
    ...(names.removals.length > 0 ? { removals: [...names.removals] } : {}),
    ...lastSeen(object.status, liveness, snapshot.now),
    conditions: [...conditions] as NonNullable<ModelHostStatus["conditions"]>,
  };
}

/** What the host says of itself; before its first answer since we started, what it last said. */
function said({ object, facts }: HostSnapshot, names: Names): Partial<ModelHostStatus> {
  if (!facts) {
    const { version, models, loaded, modelCount } = object.status ?? {};
    return definedIn({ version, models, loaded, modelCount });
  }
  const made = new Set(names.made.map(({ model }) => model));
  const ours = isOursOn(facts, names.made);
  const models = facts.models
    .map(({ name, digest, bytes }) => ({ name: shown(name), digest, bytes, ours: made.has(name) }))
    .toSorted((a, b) => Number(b.ours) - Number(a.ours) || (a.name < b.name ? -1 : 1));
  const loaded = facts.loaded
    .map((model) => ({
      name: shown(model.name),
      bytes: model.bytes,
      acceleratorBytes: model.vramBytes,
      ours: ours(model),
    }))
    .toSorted((a, b) => Number(b.ours) - Number(a.ours) || (a.name < b.name ? -1 : 1));
  return {
    version: printable(facts.version, 64),
    models: models.slice(0, modelsListedMax),
    loaded: loaded.slice(0, loadedListedMax),
    modelCount: models.filter((model) => model.ours).length,
  };
}

function shown(name: string): string {
  return printable(name, nameCharsMax);
}

function definedIn<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Written when it changes state: while it answers, when it began to; while it does not, when it stopped. */
function lastSeen(
  before: ModelHostStatus | undefined,
  { asked, reachable }: Liveness,
  now: number,
): Partial<ModelHostStatus> {
  const was = findCondition(before?.conditions as readonly Condition[] | undefined, "Reachable")?.status === "True";
  if (asked && reachable !== was) return { lastSeen: rfc3339(now) };
  return before?.lastSeen === undefined ? {} : { lastSeen: before.lastSeen };
}

/** One word for `kubectl get`. */
function stateOf({ object, quiet, now, liveness }: HostSnapshot, conditions: readonly Condition[]): string {
  if (object.metadata.deletionTimestamp !== undefined) return "Leaving";
  const ready = findCondition(conditions, "Ready");
  if (ready?.status !== "True") return words[ready?.reason ?? ""] ?? ready?.reason ?? "Unknown";
  if (object.spec.pause) return "Paused";
  if (quiet.kind === "Quiet") return "Quiet";
  return liveness.unstableUntil !== undefined && now < liveness.unstableUntil ? "Unstable" : "Ready";
}

const words: Readonly<Record<string, string>> = {
  NotAnswering: "Away",
  NotAskedYet: "Unknown",
  PlainHttp: "Insecure",
};

/** `Hard`: people or programs wait for it. `Soft`: numbers and wording, which can wait for company. */
export function difference(before: ModelHostStatus | undefined, after: ModelHostStatus): "None" | "Soft" | "Hard" {
  if (before === undefined) return "Hard";
  if (canonical(before) === canonical(after)) return "None";
  return canonical(essence(before)) === canonical(essence(after)) ? "Soft" : "Hard";
}

function essence(status: ModelHostStatus): unknown {
  const {
    observedGeneration,
    version,
    state,
    models = [],
    loaded = [],
    made = [],
    removals = [],
    conditions = [],
  } = status;
  return {
    observedGeneration,
    version,
    state,
    allowed: status.memory?.allowedBytes,
    models: models.map(({ name, digest, ours }) => [name, digest, ours]),
    loaded: loaded.map(({ name, ours }) => [name, ours]),
    made,
    removals: removals.map(({ model, uid }) => [model, uid]),
    conditions: conditions.map(({ type, status: is, reason }) => [type, is, reason]),
  };
}

/** JSON with sorted keys and without what is undefined. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
