/**
 * A cluster of one real node on this machine, without Docker: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy on
 * nftables and CoreDNS, all in namespaces of their own. ADR 18 says how and why.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createStack } from "../../cli/up/processes/stack.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { type RunResult, run, tryRun } from "../programs/run.ts";
import { removeLeftControlGroups } from "./control-groups.ts";
import { dnsManifests } from "./dns.ts";
import { type Enclosure, startEnclosure } from "./enclosure.ts";
import { containerdSocket, startContainerd, startKubelet, startProxy } from "./kubelet.ts";
import { nodeName, startPlane } from "./plane.ts";
import { type NodePrograms, nodePrograms } from "./programs.ts";
import { assertNodePossible } from "./requirements.ts";

export interface RealNode {
  readonly programs: NodePrograms;
  readonly logs: string;
  /** Of `admin`. */
  readonly kubeconfigPath: string;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  tryKubectl(args: readonly string[], stdin?: string): Promise<RunResult>;
  /** Loads images from an archive as `docker save` writes it, and removes the archive. */
  importImages(archive: string): Promise<void>;
  runInside: Enclosure["runInside"];
  /** Ends everything, pods included, and leaves no mount, namespace, interface, rule or control group behind. */
  stop(): Promise<void>;
}

/** Resolves when the node is Ready and names resolve. `images` are archives with at least the pause image and CoreDNS. */
export async function startNode(images: readonly string[]): Promise<RealNode> {
  assertNodePossible();
  const programs = await nodePrograms();
  const directory = scratchDirectory("node");
  const logs = process.env["COMMONHOLD_NODE_LOGS"] ?? join(directory, "logs");
  mkdirSync(logs, { recursive: true });
  const parts = createStack();
  const enclosure = await startEnclosure(directory, logs);
  const stop = async (): Promise<void> => {
    await parts.stop();
    await enclosure.stop();
    await removeLeftControlGroups();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const context = { directory, logs, parts };
    await startContainerd(enclosure, context);
    const importImages = async (archive: string): Promise<void> => {
      const command = ["--address", containerdSocket, "--namespace", "k8s.io", "images", "import", archive];
      await enclosure.runInside("ctr", command);
      rmSync(archive);
    };
    for (const archive of images) await importImages(archive);
    const plane = await startPlane(programs, enclosure, context);
    await startKubelet(programs, enclosure, plane, context);
    await startProxy(programs, enclosure, plane, context);
    const kubeconfigPath = plane.kubeconfig("admin");
    const env = { ...process.env, KUBECONFIG: kubeconfigPath, HOME: directory };
    const options = (stdin?: string) => ({ env, ...(stdin === undefined ? {} : { stdin }) });
    const node: RealNode = {
      programs,
      logs,
      kubeconfigPath,
      kubectl: (args, stdin) => run(programs.kubectl, args, options(stdin)),
      tryKubectl: (args, stdin) => tryRun(programs.kubectl, args, options(stdin)),
      importImages,
      runInside: enclosure.runInside,
      stop,
    };
    await awaitReady(node);
    return node;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function awaitReady(node: RealNode): Promise<void> {
  await node.kubectl(["apply", "--server-side", "-f", "-"], dnsManifests);
  await node.kubectl(["wait", "--for=create", `node/${nodeName}`, "--timeout=120s"]);
  await node.kubectl(["wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=120s"]);
  await node.kubectl(["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s"]);
}
