/**
 * What a start of a version without governance declared by hand: this machine, and a model in the namespace `default`. Both are taken
 * into the policy as they are, with all that a person changed in them; then the model of the namespace `default` goes.
 */
import { fieldManagers } from "../../../operator/apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { type ModelHost, modelHosts } from "../../../operator/apis/model-host.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { ObjectMeta } from "../../../operator/kube/resource.ts";
import { thisHost } from "./this-host.ts";

const formerNamespace = "default";
const deletionDeadlineMs = 60_000;
const deletionEveryMs = 200;

export async function formerHost(
  client: Pick<KubeClient, "get">,
  signal: AbortSignal,
): Promise<ModelHost["spec"] | undefined> {
  const host = await client.get<ModelHost>(modelHosts, { name: thisHost }, { signal });
  return host && isOfStart(host.metadata) ? host.spec : undefined;
}

export async function formerModel(
  client: Pick<KubeClient, "get">,
  name: string,
  signal: AbortSignal,
): Promise<ModelDeployment["spec"] | undefined> {
  const model = await client.get<ModelDeployment>(modelDeployments, { name, namespace: formerNamespace }, { signal });
  return model && isOfStart(model.metadata) ? model.spec : undefined;
}

/** Once the community serves it; until then the old one answers. True when there was one. */
export async function removeFormerModel(
  client: Pick<KubeClient, "get" | "remove">,
  name: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  if ((await formerModel(client, name, signal)) === undefined) return false;
  const ref = { name, namespace: formerNamespace };
  await client.remove(modelDeployments, ref, { signal });
  const deadline = clock.now() + deletionDeadlineMs;
  while ((await client.get(modelDeployments, ref, { signal })) && clock.now() < deadline) {
    await clock.sleep(deletionEveryMs, signal);
  }
  return true;
}

/** Starts wrote with a field manager of their own. What a person made themself is theirs. */
function isOfStart(metadata: ObjectMeta): boolean {
  const { managedFields = [] } = metadata as ObjectMeta & { managedFields?: readonly { manager?: string }[] };
  return managedFields.some(({ manager }) => manager === fieldManagers.cli);
}
