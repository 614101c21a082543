import { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../../../operator/clock/clock.ts";
import { createKubeClient, type KubeClient } from "../../../operator/kube/client.ts";
import type { Stoppable } from "../processes/stack.ts";

/** The person's own access, as a part of the stack: its connections are cut before the API server stops. */
export function adminClient(kubeconfigPath: string, clock: Clock): Stoppable & { client: KubeClient } {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const client = createKubeClient(config, { clock, userAgent: "commonhold-cli" });
  return { name: "connections", client, stop: () => client.close() };
}
