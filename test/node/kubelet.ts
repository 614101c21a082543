/** What makes a node of a machine: containerd with its bridge network, kubelet, and kube-proxy on nftables. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { waitReady } from "../../cli/up/processes/readiness.ts";
import type { Stack } from "../../cli/up/processes/stack.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { type Enclosure, nodeAddress, podNetwork } from "./enclosure.ts";
import { nodeName, type Plane } from "./plane.ts";
import type { NodePrograms } from "./programs.ts";
import { networkPlugins } from "./requirements.ts";

export const pauseImage = "registry.k8s.io/pause:3.10";
export const dnsAddress = "10.96.0.10";
/** Within the node's own mounts. */
export const containerdSocket = "/run/containerd/containerd.sock";

export interface NodeContext {
  directory: string;
  parts: Stack;
}

export async function startContainerd(enclosure: Enclosure, { directory, parts }: NodeContext): Promise<void> {
  const network = join(directory, "cni");
  mkdirSync(network, { recursive: true });
  writeFileSync(join(network, "10-bridge.conflist"), JSON.stringify(bridge));
  const config = join(directory, "containerd.toml");
  writeFileSync(config, containerdConfig(directory, network));
  const containerd = parts.add(
    await enclosure.startInside({ name: "containerd", command: "containerd", args: ["--config", config] }),
  );
  const answers = async (): Promise<boolean> => {
    await enclosure.runInside("ctr", ["--address", containerdSocket, "version"]);
    return true;
  };
  await waitReady(containerd, answers, { deadlineMs: 60_000, everyMs: 200, clock: systemClock });
}

const bridge = {
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "pods0",
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: podNetwork }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

/** Where CAP_SYS_RESOURCE is missing, a sandbox may not make itself harder to kill and would not start. */
function containerdConfig(directory: string, network: string): string {
  return `version = 2
root = "${join(directory, "containerd")}"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${networkPlugins}"
    conf_dir = "${network}"
`;
}

export async function startKubelet(
  programs: NodePrograms,
  enclosure: Enclosure,
  plane: Plane,
  { directory, parts }: NodeContext,
): Promise<void> {
  const resolv = join(directory, "resolv.conf");
  // Nobody outside is asked: what the cluster does not know, nobody knows.
  writeFileSync(resolv, "options ndots:5\n");
  const config = join(directory, "kubelet.yaml");
  writeFileSync(config, stringify(kubeletConfig(resolv)));
  parts.add(
    await enclosure.startInside({
      name: "kubelet",
      command: programs.kubelet,
      args: [
        `--config=${config}`,
        `--kubeconfig=${plane.kubeconfig("kubelet")}`,
        `--hostname-override=${nodeName}`,
        `--node-ip=${nodeAddress}`,
      ],
    }),
  );
}

/** Nobody but the API server reaches the node's address, so that the kubelet asks nobody who they are. */
function kubeletConfig(resolvConf: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    oomScoreAdj: 0,
    healthzBindAddress: "127.0.0.1",
    // The disk and the memory are the machine's; that others fill them is nothing that these tests are about.
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%" },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    syncFrequency: "10s",
    nodeStatusUpdateFrequency: "5s",
    shutdownGracePeriod: "0s",
  };
}

export async function startProxy(
  programs: NodePrograms,
  enclosure: Enclosure,
  plane: Plane,
  { directory, parts }: NodeContext,
): Promise<void> {
  const config = join(directory, "kube-proxy.yaml");
  writeFileSync(
    config,
    stringify({
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: "nftables",
      hostnameOverride: nodeName,
      clusterCIDR: podNetwork,
      clientConnection: { kubeconfig: plane.kubeconfig("kube-proxy") },
      conntrack: { maxPerCore: 0 },
      healthzBindAddress: "127.0.0.1:10256",
      metricsBindAddress: "127.0.0.1:10249",
      oomScoreAdj: 0,
    }),
  );
  parts.add(
    await enclosure.startInNetwork({ name: "kube-proxy", command: programs.proxy, args: [`--config=${config}`] }),
  );
}
