import { describe, expect, test } from "vitest";
import type { NodeObject } from "../kube/builtin-types.ts";
import { type Accelerator, hardwareOf, type NodeReading } from "./hardware.ts";

const GiB = 2 ** 30;
const found = (labels: Record<string, string>, capacity: Record<string, string> = {}): NodeReading => ({
  kind: "Found",
  node: {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "gpu1", labels },
    status: { capacity },
  } satisfies NodeObject,
});
const rtx = {
  "nvidia.com/gpu.memory": "24576",
  "nvidia.com/gpu.count": "1",
  "nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-3090",
};

interface Case {
  accelerator?: Accelerator;
  memory?: string;
  node?: string | null;
  reading: NodeReading;
  gives: [reason: string, capacityBytes: number, message: string];
}

const cases: Record<string, Case> = {
  "without a Node the owner's word counts": {
    node: null,
    reading: { kind: "NotAsked" },
    gives: ["Declared", 24 * GiB, "24.0 GiB on nvidia, as its owner declares"],
  },
  "NVIDIA labels that agree": {
    reading: found(rtx),
    gives: ["Confirmed", 24 * GiB, "24.0 GiB on NVIDIA-GeForce-RTX-3090, declared and found on Node gpu1"],
  },
  "labels tell a little less than the box: the smaller counts without a word": {
    reading: found({ ...rtx, "nvidia.com/gpu.memory": "24100" }),
    gives: ["Confirmed", 24100 * 2 ** 20, "23.5 GiB on NVIDIA-GeForce-RTX-3090, declared and found on Node gpu1"],
  },
  "two GPUs have twice the memory": {
    memory: "48Gi",
    reading: found({ ...rtx, "nvidia.com/gpu.count": "2" }),
    gives: ["Confirmed", 48 * GiB, "48.0 GiB on 2 × NVIDIA-GeForce-RTX-3090, declared and found on Node gpu1"],
  },
  "an owner who declares too much": {
    memory: "48Gi",
    reading: found(rtx),
    gives: ["Differs", 24 * GiB, "the spec declares 48.0 GiB, its Node has 24.0 GiB; 24.0 GiB counts"],
  },
  "an owner who declares less gives less": {
    memory: "8Gi",
    reading: found(rtx),
    gives: ["Differs", 8 * GiB, "the spec declares 8.0 GiB, its Node has 24.0 GiB; 8.0 GiB counts"],
  },
  "another kind of machine than declared": {
    accelerator: "amd",
    reading: found(rtx),
    gives: ["Differs", 24 * GiB, "the spec declares amd, its Node has NVIDIA-GeForce-RTX-3090; 24.0 GiB counts"],
  },
  "a GPU declared, a Node with none": {
    reading: found({}, { memory: "16777216Ki" }),
    gives: [
      "Differs",
      16 * GiB,
      "the spec declares nvidia, its Node has cpu; the spec declares 24.0 GiB, its Node has 16.0 GiB; 16.0 GiB counts",
    ],
  },
  "a time-sliced GPU is not ours alone": {
    reading: found({ ...rtx, "nvidia.com/gpu.replicas": "4", "nvidia.com/gpu.product": "NVIDIA-A10-SHARED" }),
    gives: [
      "Confirmed",
      24 * GiB,
      "24.0 GiB on NVIDIA-A10-SHARED, declared and found on Node gpu1; its GPUs are shared with other pods, so set memoryShare accordingly",
    ],
  },
  "AMD's labels": {
    accelerator: "amd",
    memory: "48Gi",
    reading: found(
      { "amd.com/gpu.vram": "24G", "amd.com/gpu.product-name": "AMD_Radeon_RX_7900_XTX" },
      { "amd.com/gpu": "2" },
    ),
    gives: ["Confirmed", 48 * GiB, "48.0 GiB on 2 × AMD_Radeon_RX_7900_XTX, declared and found on Node gpu1"],
  },
  "AMD's older labels, which count by size": {
    accelerator: "amd",
    memory: "48Gi",
    reading: found({ "beta.amd.com/gpu.vram.16G": "1", "beta.amd.com/gpu.vram.32G": "1" }),
    gives: ["Confirmed", 48 * GiB, "48.0 GiB on 2 × amd, declared and found on Node gpu1"],
  },
  "a CPU host by its memory": {
    accelerator: "cpu",
    memory: "16Gi",
    reading: found({}, { memory: "16384Mi" }),
    gives: ["Confirmed", 16 * GiB, "16.0 GiB on cpu, declared and found on Node gpu1"],
  },
  "labels that make no sense are no labels": {
    reading: found({ "nvidia.com/gpu.memory": "-1", "amd.com/gpu.vram": "lots" }),
    gives: [
      "Declared",
      24 * GiB,
      "24.0 GiB on nvidia, as its owner declares; Node gpu1 has no labels that tell its memory",
    ],
  },
  "a product name with control characters is shown as what it is": {
    reading: found({ ...rtx, "nvidia.com/gpu.product": "evil\u001b[2J" }),
    gives: ["Confirmed", 24 * GiB, "24.0 GiB on evil\\x1b[2J, declared and found on Node gpu1"],
  },
  "a Node that does not exist": {
    reading: { kind: "NotFound" },
    gives: [
      "NodeNotFound",
      24 * GiB,
      "24.0 GiB on nvidia, as its owner declares; there is no Node gpu1 to compare it with: mend spec.node or leave it out",
    ],
  },
  "a Node that we may not read": {
    reading: { kind: "Unreadable", message: 'nodes "gpu1" is forbidden' },
    gives: [
      "NodeUnreadable",
      24 * GiB,
      '24.0 GiB on nvidia, as its owner declares; Node gpu1 could not be read: nodes "gpu1" is forbidden',
    ],
  },
};

describe("hardware", () => {
  test.each(Object.entries(cases))(
    "%s",
    (_, { accelerator = "nvidia", memory = "24Gi", node = "gpu1", reading, gives }) => {
      const spec = { hardware: { accelerator, memory }, ...(node === null ? {} : { node }) };
      const { reason, capacityBytes, message } = hardwareOf(spec, reading);
      expect([reason, capacityBytes, message]).toEqual(gives);
    },
  );

  test("the disk is what the owner declares", () => {
    const spec = { hardware: { accelerator: "cpu" as const, memory: "1Gi", disk: "100Gi" } };
    expect(hardwareOf(spec, { kind: "NotAsked" }).diskBytes).toBe(100 * GiB);
  });
});
