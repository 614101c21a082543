/**
 * A cluster of one real node on this machine, without Docker: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy on
 * nftables and CoreDNS, all in namespaces of their own. ADR 18 says how and why.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createStack } from "../../cli/up/processes/stack.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run, tryRun } from "../programs/run.ts";
import { buildahImages } from "./buildah.ts";
import { removeLeftControlGroups } from "./control-groups.ts";
import { dnsManifests } from "./dns.ts";
import { type Enclosure, machineAddress, startEnclosure } from "./enclosure.ts";
import { containerdSocket, startContainerd, startKubelet, startProxy } from "./kubelet.ts";
import { nodeName, startPlane } from "./plane.ts";
import { type NodePrograms, nodePrograms } from "./programs.ts";
import { assertNodePossible } from "./requirements.ts";
import type { Substrate } from "./substrate.ts";
import { provideVolumes } from "./volumes.ts";

export interface RealNode extends Substrate {
  readonly programs: NodePrograms;
  runInside: Enclosure["runInside"];
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
    const ctr = (args: readonly string[]): Promise<string> =>
      enclosure.runInside("ctr", ["--address", containerdSocket, "--namespace", "k8s.io", ...args]);
    const importImages = async (archive: string): Promise<void> => {
      await ctr(["images", "import", archive]);
      rmSync(archive);
    };
    for (const archive of images) await importImages(archive);
    const plane = await startPlane(programs, enclosure, context);
    await startKubelet(programs, enclosure, plane, context);
    await startProxy(programs, enclosure, plane, context);
    const kubeconfigPath = plane.kubeconfig("admin");
    const env = { ...process.env, KUBECONFIG: kubeconfigPath, HOME: directory };
    const options = (stdin?: string) => ({ env, ...(stdin === undefined ? {} : { stdin }) });
    const kubectl = (args: readonly string[], stdin?: string) => run(programs.kubectl, args, options(stdin));
    const node: RealNode = {
      ...{ programs, images: buildahImages, logs, kubeconfigPath, nodeName, machineAddress },
      kubectl,
      tryKubectl: (args, stdin) => tryRun(programs.kubectl, args, options(stdin)),
      importImages,
      ctr,
      onNode: (folder) => folder,
      provideVolumes: (count) => provideVolumes(kubectl, count),
      // A route leads to the addresses of Services.
      urlOf: async (namespace, service, port) => {
        const address = await kubectl([
          "-n",
          namespace,
          "get",
          `service/${service}`,
          "-o",
          "jsonpath={.spec.clusterIP}",
        ]);
        return `http://${address}:${port}`;
      },
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
