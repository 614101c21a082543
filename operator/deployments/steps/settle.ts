/**
 * Takes what came of ended tasks into the replicas: digests of what was made, measured memory, or one more failure with the time
 * of the next try. An outcome is seen in every plan until the status that holds it is written, so nothing here counts twice:
 * each plan starts from the written status.
 */
import type { Replica, ReplicaHost } from "../../apis/model-deployment.ts";
import { rfc3339 } from "../../clock/clock.ts";
import { corrected } from "../../models/size.ts";
import { type Draft, hostOf, setOptional } from "../draft.ts";
import { type Failure, failureOf } from "../failure.ts";
import { doublingMs } from "../limits.ts";
import type { ModelFacts } from "../shape-facts.ts";
import type { TaskEnd, TaskView } from "../tasks/tasks.ts";

export function settle(draft: Draft): void {
  for (const task of draft.snapshot.tasks) {
    if (!task.end) continue;
    draft.consumed.add(task.id);
    const replica = draft.replicas.find(({ id, hosts }) => id === task.replica && hosts[0]?.name === task.host);
    // A replica that was given up in the meantime needs no outcome: its names are removed whatever there is.
    if (!replica || replica.state === "Removing") continue;
    if (task.end.result) succeeded(draft, replica, task, task.end);
    else failed(draft, replica, task, task.end);
  }
}

function succeeded(draft: Draft, replica: Replica, task: TaskView, end: TaskEnd): void {
  const host = hostOf(replica);
  const { result } = end;
  if (!host || !result) return;
  setOptional(replica, "retryAfter", undefined);
  switch (result.kind) {
    case "Pull":
      draft.tell("Normal", "Pulled", `${host.name} has ${nameOf(task)}; the digest that it claims is the resolved one`);
      return;
    case "AlreadyThere":
      delete host.pulled;
      return;
    case "MakeBase":
      host.baseCreated = result.created;
      describe(draft, result.facts);
      return;
    case "MakeServed":
      host.created = result.created;
      host.version = result.version;
      return;
    case "Load":
      host.bytes = measured(draft, host, result.bytes);
      setOptional(host, "loadedAs", result.loadedAs);
      delete replica.attempts;
      draft.probed.add(replica.id);
      return;
    case "Alias":
      describe(draft, result.facts);
      return;
    case "DropPulled":
      return;
  }
}

/** What the registry did not tell of the model's shape, the host that has it does. */
function describe({ status }: Draft, facts: ModelFacts | undefined): void {
  if (!status.model || !facts || status.model.blockCount !== undefined) return;
  const { shapeProblem: _, ...model } = status.model;
  status.model = { ...facts, ...model };
}

/** What the host reports leaves out parts that are known from the shape; and a report that cannot be believed changes nothing. */
function measured({ snapshot, status }: Draft, host: ReplicaHost, reported: number): number {
  const facts = snapshot.hosts.get(host.name);
  if (!facts || !status.model) return host.bytes;
  const place = { ...facts.placement, accelerated: facts.accelerated };
  return corrected(snapshot.estimate(snapshot.deployment, status.model, place), reported).totalBytes;
}

function nameOf({ step }: TaskView): string {
  return step.kind === "Pull" ? step.reference : "the model";
}

function failed(draft: Draft, replica: Replica, task: TaskView, end: TaskEnd): void {
  const { limits, hosts } = draft.snapshot;
  const failure = failureOf(task, end.error);
  const attempts = (replica.attempts ?? 0) + 1;
  if (failure.kind === "moved" && attempts < limits.attemptsMax) {
    // Something changed under our hands: the next plan sees what is there now.
    replica.attempts = attempts;
    return;
  }
  const retryAt = end.at + doublingMs(limits.retryBaseMs, limits.retryMaxMs, attempts);
  replica.attempts = attempts;
  replica.retryAfter = rfc3339(Math.ceil(retryAt / 1000) * 1000);
  setOptional(replica, "completedBytes", undefined);
  draft.move(replica, "Failed", failure.reason, failure.message);
  draft.tell("Warning", "ReplicaFailed", failure.message);
  if (failure.kind === "refused" || attempts >= limits.attemptsMax) {
    strike(draft, task, end, failure, attempts, hosts.get(task.host)?.version);
  }
}

/** A host that failed before is left alone longer each time. */
function strike(
  draft: Draft,
  task: TaskView,
  end: TaskEnd,
  failure: Failure,
  attempts: number,
  version?: string,
): void {
  const { limits, pastFailures } = draft.snapshot;
  const past = pastFailures.get(task.host) ?? 0;
  const times = 1 + Math.floor(past / limits.attemptsMax);
  const forMs = failure.kind === "refused" ? limits.refusalMs : doublingMs(limits.strikeBaseMs, limits.strikeMs, times);
  draft.strikes.set(task.host, {
    until: end.at + forMs,
    failures: past + attempts,
    reason: failure.reason,
    message: failure.message.replace(/[.\s]+$/, ""),
    ...(failure.unsupported && version ? { unsupportedBy: version } : {}),
  });
}
