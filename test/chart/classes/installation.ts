/** The chart on a cluster of played nodes, installed and changed as its people do it: by helm. */
import { join } from "node:path";
import { stringify } from "yaml";
import { kubectl, requestApi } from "../../control-plane/test.ts";
import { programPath } from "../../programs/program-path.ts";
import { run } from "../../programs/run.ts";
import { chart, type Manifest, namespace } from "../helm.ts";
import { governed, machines, networks } from "../values.ts";
import type { Cluster } from "./cluster.ts";
import { type NodeShape, nodeObject } from "./nodes.ts";

export interface Machine {
  name: string;
  node: string;
  class: string;
}

/** The community profile, with the label that NVIDIA's operator puts on nodes with a card asked for. */
function values(list: readonly Machine[], others: object): object {
  return {
    cluster: { networks },
    governance: governed,
    ollama: { machines: list, classes: { nvidia: { nodeSelector: { "nvidia.com/gpu.present": "true" } } } },
    ...others,
  };
}

/** Resolves to what helm said last. */
export async function putRelease(
  cluster: Cluster,
  verb: "install" | "upgrade",
  list: readonly Machine[] = machines,
  others: object = {},
): Promise<string> {
  const args = [verb, "commonhold", chart, "--namespace", namespace, "--create-namespace"];
  const stdin = stringify(values(list, others));
  const files = ["--values", join(chart, "values-community.yaml"), "--values", "-"];
  return run(await programPath("helm"), [...args, ...files], { env: cluster.env, stdin });
}

/** Resolves when the latest operator and gateway are all there. */
export async function servicesRolledOut({ plane }: Cluster): Promise<void> {
  for (const name of ["operator", "gateway"]) {
    const part = `deployment/commonhold-${name}`;
    await kubectl(plane, ["-n", namespace, "rollout", "status", part, "--timeout=90s"]);
  }
}

export async function addNode(cluster: Cluster, shape: NodeShape): Promise<void> {
  await create(cluster, nodeObject(shape));
  await kubectl(cluster.plane, ["wait", "--for=condition=Ready", `node/${shape.name}`, "--timeout=60s"]);
}

/** A volume for each claim among these objects, so that none of them goes without: nobody else makes volumes here. */
export async function addVolumesFor(cluster: Cluster, objects: readonly Manifest[]): Promise<void> {
  for (const [at, storage] of objects.flatMap(claimed).entries()) await addVolume(cluster, `volume-${at}`, storage);
}

function claimed(object: Manifest): string[] {
  if (object.kind === "PersistentVolumeClaim") return [storageOf(object)];
  if (object.kind !== "StatefulSet") return [];
  const { replicas, volumeClaimTemplates } = object["spec"];
  return Array.from({ length: replicas ?? 1 }, () => volumeClaimTemplates.map(storageOf)).flat();
}

const storageOf = (claim: Manifest): string => claim["spec"].resources.requests.storage;

/** That a claim of this size takes. */
export async function addVolume(cluster: Cluster, name: string, storage: string): Promise<void> {
  const spec = { capacity: { storage }, accessModes: ["ReadWriteOnce"], hostPath: { path: `/volumes/${name}` } };
  await create(cluster, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec });
}

/** Of the NVIDIA container toolkit, as k3s makes it. */
export async function addRuntimeClass(cluster: Cluster): Promise<void> {
  await create(cluster, {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "nvidia" },
    handler: "nvidia",
  });
}

/** Something of somebody else's, given to that node, that takes memory there and has no priority. */
export async function addCrowd(cluster: Cluster, node: string, memory: string): Promise<void> {
  const container = { name: "crowd", image: "crowd", resources: { requests: { memory } } };
  const spec = { nodeName: node, containers: [container] };
  await create(cluster, { apiVersion: "v1", kind: "Pod", metadata: { name: "crowd", namespace: "default" }, spec });
  await kubectl(cluster.plane, ["-n", "default", "wait", "--for=condition=Ready", "pod/crowd", "--timeout=60s"]);
}

/** The status that the API server answers with, and its words. */
export async function evict({ plane }: Cluster, pod: string): Promise<{ status: number; message: string }> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  const { status, body } = await requestApi(plane, "POST", path, {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: pod, namespace },
  });
  return { status, message: body.message ?? "" };
}

async function create({ plane }: Cluster, object: object): Promise<void> {
  await kubectl(plane, ["create", "-f", "-"], { stdin: JSON.stringify(object) });
}
