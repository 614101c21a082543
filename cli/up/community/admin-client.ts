import type { Clock } from "../../../operator/clock/clock.ts";
import { createKubeClient, type KubeClient } from "../../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../../operator/kube/kubeconfig.ts";
import type { Stoppable } from "../processes/stack.ts";

/** The person's own access, as a part of the stack: its connections are cut before the API server stops. */
export function adminClient(kubeconfigPath: string, clock: Clock): Stoppable & { client: KubeClient } {
  const client = createKubeClient(kubeConfigFromFile(kubeconfigPath), { clock, userAgent: "commonhold-cli" });
  return { name: "connections", client, stop: () => client.close() };
}
