/**
 * Machines that friends have, as k3s and the makers of their cards label and count them; tainted as is the custom where a card is for models
 * alone.
 */

export interface NodeShape {
  name: string;
  arch?: "amd64" | "arm64";
  cpu: string;
  memory: string;
  labels?: Readonly<Record<string, string>>;
  taint?: string;
  /** Beside processors and memory. */
  devices?: Readonly<Record<string, string>>;
  /** What the node calls itself; a cloud's nodes are named otherwise. */
  hostname?: string;
}

/** Of gpu-feature-discovery and the device plugin: https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery */
const gamingPc: NodeShape = {
  name: "alices-tower",
  cpu: "16",
  memory: "32Gi",
  labels: {
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.count": "1",
    "nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-3090",
    "nvidia.com/gpu.memory": "24576",
  },
  taint: "nvidia.com/gpu",
  devices: { "nvidia.com/gpu": "1" },
};

/** Of the device plugin and its node labeller: https://instinct.docs.amd.com/projects/k8s-device-plugin/en/latest/ */
const labServer: NodeShape = {
  name: "lab-server",
  cpu: "32",
  memory: "128Gi",
  labels: { "amd.com/gpu.vram": "48G", "amd.com/gpu.product-name": "AMD_Radeon_PRO_W7900" },
  taint: "amd.com/gpu",
  devices: { "amd.com/gpu": "1" },
};

const raspberryPi: NodeShape = { name: "raspberry-pi", arch: "arm64", cpu: "4", memory: "8Gi" };

/** Nobody gave these to the community: they carry services and no model. */
const others: readonly NodeShape[] = [
  { name: "old-laptop", cpu: "4", memory: "8Gi" },
  { name: "office-pc", cpu: "8", memory: "16Gi", hostname: "ip-10-0-0-7" },
];
/** Nor this one, which is kept for something else. */
const reserved: NodeShape = { name: "workshop-pc", cpu: "8", memory: "16Gi", taint: "workshop.example/lathe" };

/** Where services may be. */
export const openNodes = [raspberryPi.name, ...others.map(({ name }) => name)];
export const shapes: readonly NodeShape[] = [gamingPc, labServer, raspberryPi, ...others, reserved];

/** A Node as a kubelet registers it. */
export function nodeObject({ name, arch = "amd64", cpu, memory, labels, taint, devices, hostname }: NodeShape): object {
  const room = { cpu, memory, pods: "110", "ephemeral-storage": "200Gi", ...devices };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": hostname ?? name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": arch,
        "node.kubernetes.io/instance-type": "k3s",
        ...labels,
      },
    },
    spec: taint === undefined ? {} : { taints: [{ key: taint, value: "present", effect: "NoSchedule" }] },
    status: { capacity: room, allocatable: room, nodeInfo: nodeInfo(arch) },
  };
}

function nodeInfo(architecture: string): object {
  return {
    architecture,
    operatingSystem: "linux",
    kubeletVersion: "v1.36.3",
    kubeProxyVersion: "",
    kernelVersion: "",
    osImage: "",
    containerRuntimeVersion: "",
    machineID: "",
    systemUUID: "",
    bootID: "",
  };
}
