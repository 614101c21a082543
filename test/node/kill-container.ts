/** Kills a container as a lack of memory does: at once, and with nobody asked. */
import type { Substrate } from "./substrate.ts";

export async function killContainer({ ctr }: Substrate, pod: string, container: string): Promise<void> {
  const labels = { "io.kubernetes.pod.name": pod, "io.kubernetes.container.name": container };
  const filter = Object.entries(labels).map(([label, value]) => `labels."${label}"==${value}`);
  const found = await ctr(["containers", "list", "--quiet", filter.join(",")]);
  const [id] = found.trim().split("\n");
  if (!id) throw new Error(`containerd has no container ${container} of pod ${pod}`);
  await ctr(["tasks", "kill", "--signal", "SIGKILL", id]);
}
