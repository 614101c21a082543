/** Says of every ModelHost and ModelDeployment that is not ready that it is, as the operator does once it has looked. */
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";

type Nursed = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly observedGeneration?: number }[];
  };
};

/** `operator`: with the operator's rights. Goes on until it is stopped; a cluster that is away is asked again. */
export function startNurse(operator: KubeClient): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const work = nurse(operator, stopping.signal);
  return {
    stop: () => {
      stopping.abort();
      return work;
    },
  };
}

async function nurse(operator: KubeClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const type of [modelHosts, modelDeployments] as unknown as ResourceType<Nursed>[]) {
      const { items } = await operator.list<Nursed>(type).catch(() => ({ items: [] }));
      for (const object of items) await sayReady(operator, type, object);
    }
    await systemClock.sleep(50, signal).catch(() => undefined);
  }
}

async function sayReady(operator: KubeClient, type: ResourceType<Nursed>, { metadata, status }: Nursed): Promise<void> {
  const { name, namespace, generation } = metadata;
  const ready = status?.conditions?.find((one) => one.type === "Ready");
  if (generation === undefined || ready?.observedGeneration === generation) return;
  const condition = {
    ...{ type: "Ready", status: "True", reason: "Ready", message: "ready", observedGeneration: generation },
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  };
  const said = {
    metadata: { name, ...(namespace && { namespace }) },
    status: { observedGeneration: generation, conditions: [condition] },
  };
  const written = { fieldManager: "commonhold-operator" };
  await operator.applyStatus<Nursed>(type, said, written).catch(() => undefined);
}
