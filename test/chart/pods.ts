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

/** What the one container of a service is told; nothing where there is no such service. */
export function environmentOf(objects: readonly Manifest[], name: string): Record<string, string> | undefined {
  const pod = podsOf(objects).find(({ metadata }) => metadata.labels["app.kubernetes.io/name"] === name);
  const variables: { name: string; value: string }[] | undefined = pod?.spec.containers[0].env;
  return variables && Object.fromEntries(variables.map((variable) => [variable.name, variable.value]));
}
