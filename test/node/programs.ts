/** The programs that a cluster of one node consists of, found, downloaded or built as everywhere else. */
import type { BinaryName } from "../../cli/up/binaries/ensure.ts";
import { programPath } from "../programs/program-path.ts";

const names = {
  etcd: "etcd",
  apiserver: "kube-apiserver",
  kubectl: "kubectl",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kubelet: "kubelet",
  proxy: "kube-proxy",
  coredns: "coredns",
  ollama: "ollama",
  helm: "helm",
  registry: "registry",
} as const satisfies Readonly<Record<string, BinaryName>>;

/** Paths. */
export type NodePrograms = Readonly<Record<keyof typeof names, string>>;

/** One after the other: two Go builds at once take as long and twice the memory. */
export async function nodePrograms(): Promise<NodePrograms> {
  const found: Record<string, string> = {};
  for (const [part, name] of Object.entries(names)) {
    found[part] = await programPath(name);
  }
  return found as NodePrograms;
}
