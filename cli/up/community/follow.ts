import type { ModelDeploymentReason } from "../../../operator/apis/conditions/model-deployment.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";

const everyMs = 200;

export interface DeploymentRef {
  namespace: string;
  name: string;
}

export interface FollowOptions {
  clock: Clock;
  /** How long it may take in all. */
  deadlineMs: number;
  /** How long nothing may be under way, while the operator says what it waits for; then nobody waits any longer. */
  patienceMs: number;
  signal: AbortSignal;
}

/**
 * Waits until the deployment is Ready for its present generation, or answers and can get no better now, telling what it is at.
 * Rejects with the operator's own words when the operator says that it will not come by itself (`Stalled` conditions), when it is held up for longer than
 * the patience, and at the deadline.
 */
export async function followToReady(
  client: KubeClient,
  ref: DeploymentRef,
  onNews: (text: string) => void,
  options: FollowOptions,
): Promise<ModelDeployment> {
  const { clock, signal } = options;
  const begun = clock.now();
  let movedAt = begun;
  for (;;) {
    const deployment = (await client.get(modelDeployments, ref, { signal })) as ModelDeployment | undefined;
    if (!deployment) throw new Error(`${ref.namespace}/${ref.name} was deleted while it was waited for`);
    const ready = readyCondition(deployment);
    if (ready?.status === "True") return deployment;
    const heldUp = isHeldUp(deployment);
    if (!heldUp) movedAt = clock.now();
    const why = ready?.message ?? "the operator has not looked at it yet";
    const news = [deployment.status?.state, deployment.status?.progress].filter(Boolean).join(" ");
    const line = heldUp ? `${news}: ${why}` : news;
    if (line) onNews(line);
    // Fewer replicas than were asked for still answer a question.
    if ((heldUp || isHopeless(deployment)) && isAvailable(deployment)) return deployment;
    if (isHopeless(deployment) || clock.now() - movedAt >= options.patienceMs)
      throw new Error(`${ref.name} cannot be served: ${why}`);
    if (clock.now() - begun >= options.deadlineMs)
      throw new Error(`${ref.name} is not ready after ${Math.round(options.deadlineMs / 1000)} s: ${why}`);
    await clock.sleep(everyMs, signal);
  }
}

function readyCondition(deployment: ModelDeployment) {
  return currentCondition(deployment, "Ready");
}

function isAvailable(deployment: ModelDeployment): boolean {
  return currentCondition(deployment, "Available")?.status === "True";
}

/** Of the present generation. */
function currentCondition({ status, metadata }: ModelDeployment, type: string) {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found?.observedGeneration === metadata.generation ? found : undefined;
}

/** kstatus: `Stalled` means that only a change of the spec or of the world helps. */
function isHopeless(deployment: ModelDeployment): boolean {
  return currentCondition(deployment, "Stalled")?.status === "True";
}

/** Nothing is under way: what is waited for is the world (a registry that is down) or a person (hosts that are too small). */
function isHeldUp({ status, metadata }: ModelDeployment): boolean {
  const failed = (type: string): boolean =>
    status?.conditions?.some(
      (condition) =>
        condition.type === type &&
        condition.status === "False" &&
        condition.observedGeneration === metadata.generation &&
        !underWay.has(condition.reason),
    ) ?? false;
  return failed("Resolved") || failed("Placed") || failed("ModelPulled");
}

/** Reasons of what is not there yet but comes by itself. Every other reason of a condition that is False holds it up. */
const underWay: ReadonlySet<string> = new Set<ModelDeploymentReason>([
  "Resolving",
  "WaitingForModel",
  "Waiting",
  "Pulling",
  "Verifying",
  "Sending",
  "Creating",
  "Loading",
  "Removing",
  "RollingOut",
]);
