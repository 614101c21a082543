import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";

const everyMs = 200;

export interface DeploymentRef {
  namespace: string;
  name: string;
}

/**
 * Waits until the deployment is Ready for its present generation, telling what it is at. Rejects with the operator's own
 * words when the operator says that it will not come by itself (`Stalled` conditions), or at the deadline.
 */
export async function followToReady(
  client: KubeClient,
  ref: DeploymentRef,
  onNews: (text: string) => void,
  options: { clock: Clock; deadlineMs: number; signal: AbortSignal },
): Promise<ModelDeployment> {
  const deadline = options.clock.now() + options.deadlineMs;
  let told = "";
  for (;;) {
    const deployment = (await client.get(modelDeployments, ref, { signal: options.signal })) as
      | ModelDeployment
      | undefined;
    if (!deployment) throw new Error(`${ref.namespace}/${ref.name} was deleted while it was waited for`);
    const ready = readyCondition(deployment);
    if (ready?.status === "True") return deployment;
    const news = [deployment.status?.state, deployment.status?.progress].filter(Boolean).join(" ");
    if (news && news !== told) onNews(news);
    told = news;
    const why = ready?.message ?? "the operator has not looked at it yet";
    if (isHopeless(deployment)) throw new Error(`${ref.name} cannot be served: ${why}`);
    if (options.clock.now() > deadline)
      throw new Error(`${ref.name} is not ready after ${Math.round(options.deadlineMs / 1000)} s: ${why}`);
    await options.clock.sleep(everyMs, options.signal);
  }
}

function readyCondition(deployment: ModelDeployment) {
  const ready = deployment.status?.conditions?.find((condition) => condition.type === "Ready");
  return ready?.observedGeneration === deployment.metadata.generation ? ready : undefined;
}

/** kstatus: `Stalled` means that only a change of the spec or of the world helps. */
function isHopeless(deployment: ModelDeployment): boolean {
  const stalled = deployment.status?.conditions?.find((condition) => condition.type === "Stalled");
  return stalled?.status === "True" && stalled.observedGeneration === deployment.metadata.generation;
}
