/** `helm package` and `helm install` of the chart, as a community with one machine in its cluster does. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../operator/apis/group.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run } from "../programs/run.ts";
import { podNetwork, serviceNetwork } from "./enclosure.ts";
import type { GitServer } from "./git-server.ts";
import { root, version } from "./images.ts";
import { nextChart, nextVersion } from "./next-version.ts";
import type { RealNode } from "./node.ts";
import { nodeName } from "./plane.ts";

export const machine = nodeName;
export const ollamaUrl = `http://commonhold-ollama-${machine}.${systemNamespace}.svc.cluster.local:11434`;
const accessSecret = "policy-access";
const release = "commonhold";

export interface Installation {
  git: GitServer;
  /** Commit with which the policy began. */
  genesis: string;
  /** Of models, in plain http. */
  registry: string;
}

/** What a cluster administrator has ready before: a namespace, access to the policy repository, and a volume. */
export async function prepareInstallation(node: RealNode, { git }: Installation): Promise<void> {
  const folder = join(scratchDirectory("node-volume"), "log");
  mkdirSync(folder);
  // A folder of the node belongs to root, and no kubelet gives it to the pod's group.
  chmodSync(folder, 0o777);
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: accessSecret, namespace: systemNamespace },
      stringData: { key: git.key, knownHosts: git.knownHosts },
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "decision-log" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: folder } },
    },
  ];
  await node.kubectl(["apply", "-f", "-"], objects.map((object) => stringify(object)).join("---\n"));
}

/** Resolves to what `helm install` printed. */
export async function install(node: RealNode, installation: Installation): Promise<string> {
  const archive = await packaged(node, join(root, "charts/commonhold"), version);
  return helm(node, ["install", release, archive, "--values", "-"], stringify(values(installation)));
}

export async function upgradeToNext(node: RealNode, installation: Installation): Promise<void> {
  const archive = await packaged(node, nextChart(), nextVersion);
  await helm(node, ["upgrade", release, archive, "--values", "-"], stringify(values(installation)));
}

/** To what was installed first. */
export async function rollBack(node: RealNode): Promise<void> {
  await helm(node, ["rollback", release, "1"]);
}

export function uninstall(node: RealNode): Promise<string> {
  return helm(node, ["uninstall", release, "--wait", "--timeout=120s"]);
}

/** `helm test`: the chart's own question, asked from within the cluster. */
export function askByHelm(node: RealNode): Promise<string> {
  return helm(node, ["test", release, "--logs", "--timeout=120s"]);
}

/** What differs from the defaults: images that are here already, and networks and a registry of this test. */
function values({ git, genesis, registry }: Installation): object {
  const registries = { allowedAddresses: [registry] };
  return {
    image: { pullPolicy: "Never" },
    cluster: { networks: [podNetwork, serviceNetwork] },
    operator: { replicas: 2, ...registries, insecureRegistries: [registry] },
    gateway: { replicas: 2 },
    governance: {
      enabled: true,
      policy: { url: git.url, genesis, sshSecret: accessSecret },
      ...registries,
      pollSeconds: 1,
      storage: { size: "1Gi" },
    },
    ollama: { image: { pullPolicy: "Never" }, machines: [{ name: machine, node: nodeName, class: "cpu" }] },
    test: { model: "mind" },
  };
}

async function packaged(node: RealNode, chart: string, version: string): Promise<string> {
  const folder = scratchDirectory("chart");
  await helm(node, ["package", chart, "--destination", folder]);
  return join(folder, `commonhold-${version}.tgz`);
}

function helm(node: RealNode, args: readonly string[], stdin?: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: node.kubeconfigPath, HELM_CACHE_HOME: scratchDirectory("helm") };
  const where = args[0] === "package" ? [] : ["--namespace", systemNamespace];
  return run(node.programs.helm, [...args, ...where], { env, ...(stdin === undefined ? {} : { stdin }) });
}
