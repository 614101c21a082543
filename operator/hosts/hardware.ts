/**
 * What a machine has: what its owner declares, compared with what discovery wrote on its Kubernetes Node where there is one. Where they
 * differ the smaller memory counts and the condition says so. Labels: NVIDIA GPU feature discovery
 * (https://github.com/NVIDIA/k8s-device-plugin/tree/main/docs/gpu-feature-discovery), AMD's node labeller
 * (https://github.com/ROCm/k8s-device-plugin/tree/master/cmd/k8s-node-labeller).
 */
import type { ModelHostSpec } from "../apis/model-host.ts";
import { quantityBytes } from "../apis/quantity.ts";
import type { NodeObject } from "../kube/builtin-types.ts";
import { formatBytes, formatBytesApart } from "../text/bytes.ts";
import { printable } from "../text/printable.ts";

export type Accelerator = ModelHostSpec["hardware"]["accelerator"];

export interface Discovered {
  readonly accelerator: Accelerator;
  readonly product?: string;
  /** Of all accelerators together, or main memory on a CPU host. */
  readonly memoryBytes: number;
  readonly count: number;
  /** Several pods share one GPU: its memory is not ours alone. */
  readonly shared: boolean;
}

export type NodeReading =
  | { readonly kind: "NotAsked" }
  | { readonly kind: "Found"; readonly node: NodeObject }
  | { readonly kind: "NotFound" }
  | { readonly kind: "Unreadable"; readonly message: string };

export interface Hardware {
  /** Memory that models can use, before the owner's share. */
  readonly capacityBytes: number;
  readonly diskBytes?: number;
  readonly reason: "Declared" | "Confirmed" | "Differs" | "NodeNotFound" | "NodeUnreadable";
  readonly message: string;
}

/** Labels tell a little less than what is on the box: below this share of difference they agree. */
const toleratedShare = 0.05;

export function hardwareOf(
  { hardware, node }: Pick<ModelHostSpec, "hardware" | "node">,
  reading: NodeReading,
): Hardware {
  const declared = quantityBytes(hardware.memory) ?? 0;
  const diskBytes = quantityBytes(hardware.disk);
  const disk = diskBytes === undefined ? {} : { diskBytes };
  const asDeclared = `${formatBytes(declared)} on ${hardware.accelerator}, as its owner declares`;
  if (node === undefined || reading.kind === "NotAsked") {
    return { capacityBytes: declared, ...disk, reason: "Declared", message: asDeclared };
  }
  if (reading.kind === "NotFound") {
    const message = `${asDeclared}; there is no Node ${node} to compare it with: mend spec.node or leave it out`;
    return { capacityBytes: declared, ...disk, reason: "NodeNotFound", message };
  }
  if (reading.kind === "Unreadable") {
    const message = `${asDeclared}; Node ${node} could not be read: ${reading.message}`;
    return { capacityBytes: declared, ...disk, reason: "NodeUnreadable", message };
  }
  const discovered = discover(reading.node);
  if (!discovered) {
    const message = `${asDeclared}; Node ${node} has no labels that tell its memory`;
    return { capacityBytes: declared, ...disk, reason: "Declared", message };
  }
  return { ...compared(hardware, declared, discovered, node), ...disk };
}

function compared(hardware: ModelHostSpec["hardware"], declared: number, found: Discovered, node: string): Hardware {
  const capacityBytes = Math.min(declared, found.memoryBytes);
  const differences = differencesOf(hardware, declared, found);
  const sharing = found.shared ? "; its GPUs are shared with other pods, so set memoryShare accordingly" : "";
  if (differences.length === 0) {
    const message = `${formatBytes(capacityBytes)} on ${described(found)}, declared and found on Node ${node}${sharing}`;
    return { capacityBytes, reason: "Confirmed", message };
  }
  const message = `${differences.join("; ")}; ${formatBytes(capacityBytes)} counts${sharing}`;
  return { capacityBytes, reason: "Differs", message };
}

function differencesOf(hardware: ModelHostSpec["hardware"], declared: number, found: Discovered): string[] {
  const differences: string[] = [];
  if (hardware.accelerator !== found.accelerator) {
    differences.push(`the spec declares ${hardware.accelerator}, its Node has ${described(found)}`);
  }
  if (Math.abs(declared - found.memoryBytes) > toleratedShare * Math.max(declared, found.memoryBytes)) {
    const [said, seen] = formatBytesApart(declared, found.memoryBytes);
    differences.push(`the spec declares ${said}, its Node has ${seen}`);
  }
  return differences;
}

function described({ accelerator, product, count }: Discovered): string {
  const name = product === undefined ? accelerator : printable(product, 128);
  return count > 1 ? `${count} × ${name}` : name;
}

/** `undefined` where the Node tells no memory at all. */
export function discover(node: NodeObject): Discovered | undefined {
  const labels = node.metadata.labels ?? {};
  return nvidia(labels) ?? amd(labels, node.status?.capacity ?? {}) ?? cpu(node.status?.capacity ?? {});
}

function nvidia(labels: Readonly<Record<string, string>>): Discovered | undefined {
  const mebibytes = wholeNumber(labels["nvidia.com/gpu.memory"]);
  if (!mebibytes) return undefined;
  const count = wholeNumber(labels["nvidia.com/gpu.count"]) ?? 1;
  const product = labels["nvidia.com/gpu.product"];
  const replicas = wholeNumber(labels["nvidia.com/gpu.replicas"]) ?? 1;
  const shared = replicas > 1 || (product?.endsWith("-SHARED") ?? false);
  const memoryBytes = mebibytes * 2 ** 20 * count;
  return { accelerator: "nvidia", memoryBytes, count, shared, ...(product === undefined ? {} : { product }) };
}

/** `amd.com/gpu.vram: 24G`, or in older ones `beta.amd.com/gpu.vram.24G: "2"` (how many of that size); the G is binary. */
function amd(
  labels: Readonly<Record<string, string>>,
  capacity: Readonly<Record<string, string>>,
): Discovered | undefined {
  const product = labels["amd.com/gpu.product-name"];
  const named = product === undefined ? {} : { product };
  const each = binaryBytes(labels["amd.com/gpu.vram"] ?? labels["beta.amd.com/gpu.vram"]);
  const count = wholeNumber(capacity["amd.com/gpu"]) ?? 1;
  if (each) return { accelerator: "amd", memoryBytes: each * count, count, shared: false, ...named };
  const sizes = Object.entries(labels).flatMap(([key, value]) => {
    const size = /^(?:beta\.)?amd\.com\/gpu\.vram\.(\w+)$/.exec(key)?.[1];
    const bytes = binaryBytes(size);
    return bytes ? [{ bytes, count: wholeNumber(value) ?? 1 }] : [];
  });
  if (sizes.length === 0) return undefined;
  const memoryBytes = sizes.reduce((sum, size) => sum + size.bytes * size.count, 0);
  return {
    accelerator: "amd",
    memoryBytes,
    count: sizes.reduce((sum, size) => sum + size.count, 0),
    shared: false,
    ...named,
  };
}

function cpu(capacity: Readonly<Record<string, string>>): Discovered | undefined {
  const memoryBytes = quantityBytes(capacity["memory"]);
  return memoryBytes ? { accelerator: "cpu", memoryBytes, count: 1, shared: false } : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function binaryBytes(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+[MGT]$/.test(text) ? quantityBytes(`${text}i`) : undefined;
}

/** What the owner lets the community use of it. */
export function shareOf(capacityBytes: number, percent: number): number {
  return Math.floor((capacityBytes * percent) / 100);
}
