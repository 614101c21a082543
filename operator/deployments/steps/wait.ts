/** The checks that find nothing to be done now: the host is away, something runs, it is too early. */
import type { ModelDeploymentReason } from "../../apis/conditions/model-deployment.ts";
import type { Replica, ReplicaState } from "../../apis/model-deployment.ts";
import { formatBytes } from "../../text/bytes.ts";
import type { TaskStep } from "../command.ts";
import { setOptional } from "../draft.ts";
import type { TaskView } from "../tasks/tasks.ts";
import type { Next } from "./realise.ts";
import { hasBase, type Situation } from "./situation.ts";

export function stayAway({ host, replica }: Situation): Next | undefined {
  if (host.reachable) return undefined;
  return { ...said(replica), state: replica.state };
}

export function followTheTask(at: Situation): Next | undefined {
  const { task, replica, draft } = at;
  if (!task) return undefined;
  if (hasBase(at)) draft.pulled.add(replica.id);
  const { progress } = task;
  if (progress && task.step.kind !== "Load") {
    setOptional(replica, "completedBytes", progress.completedBytes);
    setOptional(replica, "totalBytes", progress.totalBytes);
  }
  // It was loaded and answers; it only changes the name of its runner (`loadIt`).
  if (task.step.kind === "Load" && replica.state === "Ready") return { state: "Ready", ...said(replica) };
  return whileDoing(task);
}

export function waitForTheNextTry({ replica, draft }: Situation): Next | undefined {
  if (replica.retryAfter === undefined) return undefined;
  const at = Date.parse(replica.retryAfter);
  if (draft.now < at) {
    draft.wake(at);
    return { ...said(replica), state: replica.state };
  }
  delete replica.retryAfter;
  return undefined;
}

/** The next plan, made from the status that holds the names, goes on. */
export function untilItIsWrittenDown({ replica, draft }: Situation): Next | undefined {
  if (draft.writtenDown(replica)) return undefined;
  return { state: replica.state, ...said(replica) };
}

function said({ reason, message }: Pick<Replica, "reason" | "message">): Pick<Next, "reason" | "message"> {
  return {
    ...(reason === undefined ? {} : { reason: reason as ModelDeploymentReason }),
    ...(message === undefined ? {} : { message }),
  };
}

const doing: Record<TaskStep["kind"], { state: ReplicaState; reason: ModelDeploymentReason }> = {
  Pull: { state: "Pulling", reason: "Pulling" },
  Alias: { state: "Verifying", reason: "Verifying" },
  DropPulled: { state: "Verifying", reason: "Verifying" },
  MakeBase: { state: "Pulling", reason: "Sending" },
  MakeServed: { state: "Creating", reason: "Creating" },
  Load: { state: "Loading", reason: "Loading" },
};

/** What a person reads while a step runs; also what is said at the moment in which it is begun. */
export function whileDoing({ step, host, progress }: Pick<TaskView, "step" | "host" | "progress">): Next {
  const next = doing[step.kind];
  if (progress?.phase === "verify") {
    return { state: "Verifying", reason: "Verifying", message: `${host} checks what it downloaded.` };
  }
  return { ...next, message: `${inWords(step, host)}${howFar(progress)}.` };
}

function inWords(step: TaskStep, host: string): string {
  switch (step.kind) {
    case "Pull":
      return `${host} downloads ${step.reference}`;
    case "Alias":
    case "DropPulled":
      return `${host} has the model; its digest was compared`;
    case "MakeBase":
      return `Files are sent to ${host}`;
    case "MakeServed":
      return `${host} makes the served model`;
    case "Load":
      return `${host} loads the model into memory; a probe follows`;
  }
}

function howFar(progress: TaskView["progress"]): string {
  if (!progress || progress.totalBytes === 0) return "";
  return `: ${percent(progress.completedBytes, progress.totalBytes)} of ${formatBytes(progress.totalBytes)}`;
}

export function percent(part: number, whole: number): string {
  return `${whole > 0 ? Math.min(100, Math.floor((part / whole) * 100)) : 0}%`;
}
