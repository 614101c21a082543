/** What a cluster tells of itself. Each part by itself: what is refused or away does not keep the rest from coming along. */
import { events, type KubeEvent, type NodeObject, nodes } from "../../operator/kube/builtin-types.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import type { Cluster } from "../backup/cluster.ts";
import { objectEntry, ourTypes, type Saved } from "../backup/contents.ts";
import type { Bundle } from "./bundle.ts";
import { presentable } from "./objects.ts";

export interface Told {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

interface Pod extends KubeObject {
  spec?: { containers?: readonly { name: string; ports?: readonly { name?: string; containerPort: number }[] }[] };
  status?: { containerStatuses?: readonly { name: string; restartCount?: number }[] };
}

/** Lines of each log. */
const logLines = 2_000;
const eventsMax = 5_000;
const conditionMessageMax = 500;

const pods: ResourceType<Pod> = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
const workloads: readonly ResourceType[] = [
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true },
  { group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", namespaced: true },
  { group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", namespaced: true },
];

/** Objects of ours by kind; those of a kind that cannot be read are missing, and the bundle says so. */
export async function readOurs({ cluster, signal }: Told, bundle: Bundle): Promise<[ResourceType<Saved>, Saved[]][]> {
  const found: [ResourceType<Saved>, Saved[]][] = [];
  for (const type of ourTypes) {
    await bundle.attempt(`objects of kind ${type.kind}`, async () => {
      found.push([type, (await cluster.client.list<Saved>(type, { signal })).items]);
    });
  }
  return found;
}

export async function addOurs(ours: readonly [ResourceType<Saved>, Saved[]][], bundle: Bundle): Promise<void> {
  const conditions: string[] = [];
  for (const [type, objects] of ours) {
    for (const object of objects) {
      await bundle.add(objectEntry(type, object.metadata), presentable(object));
      conditions.push(...conditionsOf(type.kind, object));
    }
  }
  await bundle.add("conditions.txt", `${conditions.join("\n")}\n`);
}

/** Versions of the engines, as the hosts' status says. */
export function enginesOf(ours: readonly [ResourceType<Saved>, Saved[]][]): Record<string, unknown> {
  const hosts = ours.find(([type]) => type.kind === "ModelHost")?.[1] ?? [];
  return Object.fromEntries(hosts.map(({ metadata, status }) => [metadata.name, status?.["version"] ?? "unknown"]));
}

/** Reads all of a namespace's workloads; their settings are the environment of their containers. */
export async function readWorkloads({ cluster, namespace, signal }: Told, bundle: Bundle): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for (const type of [...workloads, pods]) {
    await bundle.attempt(`${type.plural} of namespace ${namespace}`, async () => {
      const { items } = await cluster.client.list(type, { namespace, signal });
      found.push(...items.map((item) => ({ ...item, kind: type.kind })));
    });
  }
  return found;
}

export async function addWorkloads(found: readonly KubeObject[], bundle: Bundle): Promise<void> {
  for (const object of found) {
    await bundle.add(`workloads/${object.kind.toLowerCase()}-${object.metadata.name}.json`, presentable(object));
  }
}

export async function addEvents(
  { cluster, signal }: Told,
  namespaces: readonly string[],
  bundle: Bundle,
): Promise<void> {
  for (const namespace of namespaces) {
    await bundle.attempt(`events of namespace ${namespace}`, async () => {
      const { items } = await cluster.client.list<KubeEvent>(events, { namespace, signal });
      if (items.length > 0) await bundle.add(`events/${namespace}.json`, items.slice(-eventsMax).map(presentable));
    });
  }
}

/** Disk and memory of the nodes, as far as Kubernetes knows them. */
export async function addNodes({ cluster, signal }: Told, bundle: Bundle): Promise<void> {
  await bundle.attempt("nodes", async () => {
    const { items } = await cluster.client.list<NodeObject>(nodes, { signal });
    await bundle.add("nodes.json", items.map(presentable));
  });
}

/** Logs by the kubelet, readiness and metrics through the API server's proxy. */
export async function addPods(found: readonly KubeObject[], told: Told, bundle: Bundle): Promise<void> {
  for (const pod of found.filter((one): one is Pod => one.kind === "Pod")) {
    const { name } = pod.metadata;
    const path = `/api/v1/namespaces/${encodeURIComponent(told.namespace)}/pods/${encodeURIComponent(name)}`;
    const read = (rest: string): Promise<string> => told.cluster.readText(`${path}${rest}`, told.signal);
    for (const container of pod.spec?.containers ?? []) {
      const of = `container=${encodeURIComponent(container.name)}&tailLines=${logLines}`;
      const title = `${name}/${container.name}`;
      await bundle.attempt(`log of ${title}`, async () => {
        await bundle.add(`logs/${title}.log`, await read(`/log?${of}`));
      });
      const restarts = pod.status?.containerStatuses?.find((one) => one.name === container.name)?.restartCount ?? 0;
      if (restarts > 0) {
        await bundle.attempt(`log of ${title} before its restart`, async () => {
          await bundle.add(`logs/${title}.before.log`, await read(`/log?${of}&previous=true`));
        });
      }
      const port = container.ports?.find((one) => one.name === "http")?.containerPort;
      if (port === undefined) continue;
      for (const page of ["readyz", "metrics"]) {
        await bundle.attempt(`${page} of ${title}`, async () => {
          const answer = await told.cluster.readText(`${path}:${port}/proxy/${page}`, told.signal);
          await bundle.add(`services/${title}/${page}.txt`, answer);
        });
      }
    }
  }
}

function conditionsOf(kind: string, { metadata, status }: Saved): string[] {
  const conditions = status?.["conditions"];
  if (!Array.isArray(conditions)) return [];
  const name = [metadata.namespace, metadata.name].filter((part) => part !== undefined).join("/");
  return (conditions as Readonly<Record<string, string | undefined>>[]).map((one) => {
    const message = (one["message"] ?? "").slice(0, conditionMessageMax);
    return `${kind} ${name} ${one["type"]}=${one["status"]} ${one["reason"]} since ${one["lastTransitionTime"]}: ${message}`;
  });
}
