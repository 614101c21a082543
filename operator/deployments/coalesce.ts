/**
 * When a changed status is worth a write. What others act on (is it ready, which names are on which host, why not) is written at
 * once; what only shows how far something is waits a little, because the next step is often a moment away and every write
 * wakes every watcher. From nothing to Ready this takes at most four writes on a quiet system.
 */

import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../apis/fields/condition.ts";
import type { ModelDeploymentStatus, Replica } from "../apis/model-deployment.ts";
import type { Limits } from "./limits.ts";

/** `At`: worth it at that time (ms) if nothing else changes. */
export type Worth =
  | { readonly kind: "Nothing" }
  | { readonly kind: "Now" }
  | { readonly kind: "At"; readonly at: number };

/** `settled` is false while not all hosts were asked once: what is known then is half the truth, and a moment later more is. */
export function worthWriting(
  written: ModelDeploymentStatus | undefined,
  next: ModelDeploymentStatus,
  wroteAt: number | undefined,
  now: number,
  limits: Limits,
  settled = true,
): Worth {
  if (!written) return { kind: "Now" };
  if (isDeepStrictEqual(plain(written), plain(next))) return { kind: "Nothing" };
  const acted = addsName(written, next) || !isDeepStrictEqual(hard(written), hard(next));
  if (wroteAt === undefined || (acted && settled)) return { kind: "Now" };
  const at = dueAt(written, next, wroteAt, limits);
  return now >= at ? { kind: "Now" } : { kind: "At", at };
}

function dueAt(written: ModelDeploymentStatus, next: ModelDeploymentStatus, wroteAt: number, limits: Limits): number {
  const moved = !isDeepStrictEqual(steps(written), steps(next));
  if (moved || share(next) - share(written) >= limits.progressShare) return wroteAt + limits.softWriteMs;
  return wroteAt + limits.progressMs;
}

/** `undefined` fields and absent ones are the same to the API server. */
function plain<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value));
}

const underWay: ReadonlySet<string> = new Set(["Pending", "Pulling", "Verifying", "Creating", "Loading"]);

/** Without what only shows progress. */
function hard(status: ModelDeploymentStatus): unknown {
  const { replicas = [], conditions = [], model, progress: _, state: __, memory: ___, ...rest } = status;
  return plain({
    ...rest,
    model: model && [model.reference, model.digest],
    replicas: replicas.map(hardReplica),
    conditions: conditions.map(hardCondition),
  });
}

/** Their reasons and messages follow the steps of replicas as long as something is under way. */
const followsTheSteps: ReadonlySet<string> = new Set(["ModelPulled", "Progressing", "Ready"]);

function hardCondition({ type, status, observedGeneration, reason, message }: Condition): unknown {
  if (type === "ModelPulled") return { type, observedGeneration };
  // What else is known of the model comes from the host later; which content it is, `hard` has.
  if (type === "Resolved" && status === "True") return { type, observedGeneration, status };
  const soft = followsTheSteps.has(type) && !(type === "Ready" && status === "True");
  return soft ? { type, observedGeneration, status } : { type, observedGeneration, status, reason, message };
}

function hardReplica(replica: Replica): unknown {
  const { completedBytes: _, totalBytes: __, since: ___, message, reason, state, hosts, ...rest } = replica;
  const moving = underWay.has(state);
  const names = hosts.map(({ name, model, base }) => ({ name, model, base }));
  return { ...rest, hosts: names, ...(moving ? { state: "UnderWay" } : { state, reason, message }) };
}

/** A name that we are about to make must be stored before; that one is gone again may wait. */
function addsName(written: ModelDeploymentStatus, next: ModelDeploymentStatus): boolean {
  const names = ({ replicas = [] }: ModelDeploymentStatus) =>
    replicas.flatMap(({ id, hosts }) =>
      hosts.flatMap(({ pulled }) => (pulled === undefined ? [] : [`${id} ${pulled}`])),
    );
  const there = new Set(names(written));
  return names(next).some((name) => !there.has(name));
}

/** Which step each replica is at. */
function steps({ replicas = [], state }: ModelDeploymentStatus): unknown {
  return [state, replicas.map((replica) => [replica.id, replica.state])];
}

function share({ replicas = [] }: ModelDeploymentStatus): number {
  const total = replicas.reduce((sum, { totalBytes = 0 }) => sum + totalBytes, 0);
  const completed = replicas.reduce((sum, { completedBytes = 0 }) => sum + completedBytes, 0);
  return total === 0 ? 0 : completed / total;
}
