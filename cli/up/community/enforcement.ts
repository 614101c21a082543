/**
 * Puts namespaces under the community's rule, and waits until that holds. An API server takes a policy up some time after it
 * was stored, and nothing tells when: so what must be refused is tried, without a trace, until it is.
 */
import { fieldManagers, labels } from "../../../operator/apis/group.ts";
import { modelDeployments } from "../../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import { namespaces } from "../../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { isForbidden } from "../../../operator/kube/errors.ts";
import type { KubeObject, ResourceType } from "../../../operator/kube/resource.ts";

const enforcedDeadlineMs = 30_000;
const enforcedEveryMs = 50;

/** The caller may do everything in the cluster, and is refused what only governance may. */
export async function govern(
  client: KubeClient,
  governed: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const label = { [labels.governed]: "true" };
  for (const name of governed) {
    await client.apply(namespaces, { metadata: { name, labels: label } }, { fieldManager: fieldManagers.cli, signal });
  }
  await Promise.all([
    refused(client, modelHosts, host, clock, signal),
    ...governed.map((namespace) => refused(client, modelDeployments, deploymentIn(namespace), clock, signal)),
  ]);
}

const name = "is-this-refused";
const host = {
  metadata: { name },
  spec: { owner: "nobody", endpoint: { direct: { url: "https://nowhere.invalid" } }, hardware: { memory: "1Gi" } },
};

function deploymentIn(namespace: string) {
  return { metadata: { name, namespace }, spec: { model: { ollama: "none" }, replicas: 0 } };
}

/** The sentence comes from a policy: RBAC, which also forbids, would not prove anything. */
const fromPolicy = "ValidatingAdmissionPolicy 'commonhold-governed-objects'";

async function refused(
  client: KubeClient,
  type: ResourceType,
  object: { metadata: { name: string; namespace?: string } },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + enforcedDeadlineMs;
  for (;;) {
    const answer = await client.create<KubeObject>(type, object, { dryRun: true, signal }).catch((error) => error);
    if (isForbidden(answer) && String(answer.message).includes(fromPolicy)) return;
    if (answer instanceof Error) throw answer;
    if (clock.now() > deadline) {
      const where = object.metadata.namespace ? ` in namespace ${object.metadata.namespace}` : "";
      throw new Error(
        `the API server lets anybody create a ${type.kind}${where} ${enforcedDeadlineMs / 1000} s after the policies were applied: does it admit by ValidatingAdmissionPolicy?`,
      );
    }
    await clock.sleep(enforcedEveryMs, signal);
  }
}
