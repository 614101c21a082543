/** For tests that look at a whole cluster: other files that ran on the same API server may have left objects in namespaces of theirs. */
import { members } from "../../operator/apis/member.ts";
import { modelDeployments } from "../../operator/apis/model-deployment.ts";
import { modelHosts } from "../../operator/apis/model-host.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";

const types: readonly ResourceType[] = [modelDeployments, modelHosts, members];

/** Deployments, machines and members, also those that finalizers hold; of some only, by a label. */
export async function removeOurs(client: KubeClient, labelSelector?: string): Promise<void> {
  for (const type of types) {
    const { items } = await client.list(type, { ...(labelSelector !== undefined && { labelSelector }) });
    for (const { metadata } of items) {
      const held = metadata.finalizers?.length ?? 0;
      if (held > 0) await client.patch(type, metadata, { metadata: { finalizers: null } });
      await client.remove(type, metadata);
    }
  }
}
