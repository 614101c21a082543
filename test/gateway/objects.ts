/** Builders of the objects that the gateway reads: valid ones by default, each test says only what matters to it. */

import { newKey } from "../../api/members/key.ts";
import type { Member, MemberKey } from "../../operator/apis/member.ts";
import type { ModelDeployment, Replica } from "../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../operator/apis/model-host.ts";

const at = "2026-01-01T00:00:00Z";

function metadata(name: string, namespace?: string) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: `uid-${namespace ?? ""}-${name}`,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: at,
  };
}

let seed = 0;
/** Bytes that differ from call to call and are the same in every run. */
export function someBytes(count: number): Uint8Array {
  seed++;
  return Uint8Array.from({ length: count }, (_, index) => (seed * 31 + index * 7) % 248);
}

export interface KeyedMember {
  readonly member: Member;
  readonly key: string;
}

export function memberWithKey(
  name: string,
  spec: Partial<Member["spec"]> = {},
  keySpec: Partial<MemberKey> = {},
): KeyedMember {
  const { key, prefix, sha256 } = newKey(someBytes);
  const entry: MemberKey = { id: "laptop", prefix, sha256, scopes: ["inference", "embeddings", "models"], ...keySpec };
  const member: Member = {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "Member",
    metadata: metadata(name),
    spec: { roles: ["member"], limits: {}, suspended: false, keys: [entry], ...spec },
  };
  return { member, key };
}

export function host(name: string, url: string, spec: Partial<ModelHost["spec"]> = {}, ready = true): ModelHost {
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelHost",
    metadata: metadata(name),
    spec: {
      owner: "ada",
      layer: "community",
      endpoint: { direct: { url } },
      hardware: { accelerator: "cpu", memory: "8Gi" },
      memoryShare: 100,
      pause: false,
      trust: "known",
      allowedNamespaces: ["*"],
      engine: { kind: "Ollama", parallel: 1, kvCacheType: "f16" },
      ...spec,
    },
    status: {
      version: "0.24.0",
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          lastTransitionTime: at,
          reason: ready ? "Answering" : "Unreachable",
          message: ready ? "It answers." : "No route to host.",
        },
      ],
    },
  };
}

/** `model` is what the hosts call it. */
export function replica(hostName: string, model = "commonhold/served:abc", fields: Partial<Replica> = {}): Replica {
  return { id: `r-${hostName}`, hosts: [{ name: hostName, bytes: 1, model }], state: "Ready", ...fields };
}

export function deployment(
  fullName: string,
  replicas: readonly Replica[],
  spec: Partial<ModelDeployment["spec"]> = {},
): ModelDeployment {
  const [namespace = "default", name = ""] = fullName.split("/");
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: metadata(name, namespace),
    spec: {
      model: { ollama: "smollm2:135m" },
      context: 4096,
      parameters: {},
      placement: { layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" },
      priority: 0,
      update: "Propose",
      ...spec,
    },
    status: {
      replicas: [...replicas],
      model: {
        reference: "registry.ollama.ai/library/smollm2:135m",
        digest: `sha256:${"ab".repeat(32)}`,
        source: "Registry",
        sizeBytes: 270_898_672,
        architecture: "llama",
        parameterCount: 134_515_008,
        quantization: "F16",
      },
    },
  };
}
