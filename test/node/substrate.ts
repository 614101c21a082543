/**
 * What the story in the cluster needs of a cluster of one node: the real node that is made of this machine (node.ts), or one that kind makes of a
 * Docker engine (test/kind). The suite is one, and says the same of both.
 */
import type { RunResult } from "../programs/run.ts";
import type { ImageBuilder } from "./images.ts";
import type { NodePrograms } from "./programs.ts";

export interface Substrate {
  readonly programs: Pick<NodePrograms, "kubectl" | "helm" | "ollama" | "registry">;
  readonly images: ImageBuilder;
  /** A folder for what programs say. */
  readonly logs: string;
  /** Of `admin`. */
  readonly kubeconfigPath: string;
  readonly nodeName: string;
  /** Address of this machine that pods reach. */
  readonly machineAddress: string;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  tryKubectl(args: readonly string[], stdin?: string): Promise<RunResult>;
  /** Loads images from an archive as `docker save` writes it, and removes the archive. */
  importImages(archive: string): Promise<void>;
  /** Runs containerd's own client on the node, among the containers of pods. */
  ctr(args: readonly string[]): Promise<string>;
  /** Under which path the node has a folder of this machine's folder for temporary files. */
  onNode(folder: string): string;
  /** Sees to it that so many claims of 1Gi without a class are met. */
  provideVolumes(count: number): Promise<void>;
  /** `http://HOST:PORT` by which this process reaches a Service, through kube-proxy; that is gone with the Service. */
  urlOf(namespace: string, service: string, port: number): Promise<string>;
  /** Ends everything, pods included, and leaves nothing behind. */
  stop(): Promise<void>;
}
