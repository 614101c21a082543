/** The pods that a render would run. */
import type { Manifest } from "./helm.ts";

export interface Pod {
  metadata: { labels: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: the parts that a test names.
  spec: any;
}

const workloads = ["Deployment", "DaemonSet", "StatefulSet", "Pod"];

export function podsOf(objects: readonly Manifest[]): Pod[] {
  return objects
    .filter(({ kind }) => workloads.includes(kind))
    .map((object) => (object.kind === "Pod" ? (object as unknown as Pod) : object["spec"].template));
}
