/** What runs where, as the API server has it. */
import { kubectl } from "../../control-plane/test.ts";
import { namespace } from "../helm.ts";
import type { Cluster } from "./cluster.ts";

export interface RunningPod {
  metadata: { name: string; uid: string; labels: Record<string, string>; deletionTimestamp?: string };
  // biome-ignore lint/suspicious/noExplicitAny: the parts that a test names.
  spec: any;
  status: { phase: string; conditions?: { type: string; status: string; message?: string }[] };
}

/** Of one part of ours (`gateway`, `ollama` …) or of all, in the order of their names. */
export async function podsOf({ plane }: Cluster, part?: string): Promise<RunningPod[]> {
  const selector = part === undefined ? [] : ["-l", `app.kubernetes.io/name=${part}`];
  const { items } = JSON.parse(await kubectl(plane, ["-n", namespace, "get", "pods", ...selector, "-o", "json"]));
  return items;
}

export const isReady = ({ metadata, status }: RunningPod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions ?? []).some(({ type, status: value }) => type === "Ready" && value === "True");

export const nodeOf = ({ spec }: RunningPod): string => spec.nodeName ?? "";
export const machineOf = ({ metadata }: RunningPod): string => metadata.labels["commonhold.dev/machine"] ?? "";
export const uidOf = ({ metadata }: RunningPod): string => metadata.uid;

/** Machine → the node where its Ollama is Ready. */
export async function placed(cluster: Cluster): Promise<Record<string, string>> {
  const pods = (await podsOf(cluster, "ollama")).filter(isReady);
  return Object.fromEntries(pods.map((pod) => [machineOf(pod), nodeOf(pod)]));
}

/** How many pods the DaemonSet of a machine wants, and what happened to it. */
export async function daemonSetOf({ plane }: Cluster, machine: string): Promise<{ desired: number; events: string }> {
  const name = `commonhold-ollama-${machine}`;
  const where = ["-n", namespace, "get"];
  const set = JSON.parse(await kubectl(plane, [...where, "daemonset", name, "-o", "json"]));
  const about = `--field-selector=involvedObject.kind=DaemonSet,involvedObject.name=${name}`;
  const events = await kubectl(plane, [...where, "events", about, "-o", "jsonpath={.items[*].message}"]);
  // Until a controller has seen what there is now, its count is of what was.
  const isSeen = set.status.observedGeneration === set.metadata.generation;
  return { desired: isSeen ? set.status.desiredNumberScheduled : Number.NaN, events };
}
