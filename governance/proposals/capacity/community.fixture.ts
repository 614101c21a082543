/** Machines and deployments for tests, as the API server has them, and what differs. */
import type { ModelDeployment, ModelDeploymentSpec, Replica } from "../../../operator/apis/model-deployment.ts";
import type { ModelHost, ModelHostSpec, ModelHostStatus } from "../../../operator/apis/model-host.ts";
import type { ModelDescription } from "../models/description.ts";

export const now = Date.parse("2026-11-23T12:00:00Z");
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;
const at = "2026-11-23T00:00:00Z";
const metadata = { uid: "u", resourceVersion: "1", generation: 1, creationTimestamp: at };

export function hostNamed(name: string, spec: Partial<ModelHostSpec> = {}, status?: ModelHostStatus | null): ModelHost {
  const answers = { type: "Ready", status: "True" as const, reason: "Serving", message: "x", lastTransitionTime: at };
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelHost",
    metadata: { name, ...metadata },
    spec: {
      owner: "alice",
      layer: "community",
      endpoint: { direct: { url: "https://gpu1.example.org:11434" } },
      hardware: { accelerator: "cpu", memory: "8Gi" },
      memoryShare: 100,
      pause: false,
      trust: "known",
      allowedNamespaces: ["*"],
      engine: { kind: "Ollama", parallel: 1, kvCacheType: "f16" },
      ...spec,
    },
    ...(status !== null && { status: { version: "0.24.0", conditions: [answers], ...status } }),
  };
}

export function deploymentNamed(
  name: string,
  spec: Partial<ModelDeploymentSpec> = {},
  status?: { bytes: number; on: readonly string[] },
): ModelDeployment {
  const bytes = status?.bytes ?? 0;
  const replicas = (status?.on ?? []).map(
    (host, index): Replica => ({ id: `r${index + 1}`, state: "Ready", hosts: [{ name: host, bytes }] }),
  );
  const memory = {
    weightsBytes: bytes,
    kvCacheBytes: 0,
    graphBytes: 0,
    totalBytes: bytes,
    source: "Measured" as const,
  };
  const model = { reference: name, digest: digestOf(name), source: "Registry" as const, sizeBytes: bytes };
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: { name, namespace: "community", ...metadata, uid: `u-${name}` },
    spec: {
      model: { ollama: name },
      context: 4096,
      parameters: {},
      placement: { layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" },
      priority: 0,
      update: "Propose",
      ...spec,
    },
    ...(status && { status: { model, memory, replicas } }),
  };
}

export function digestOf(name: string): string {
  return `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}

/** Of a model that takes this much in memory on every host: without a shape, a quarter is added to the size. */
export function described(name: string, memoryBytes: number): ModelDescription {
  const bytes = Math.floor(memoryBytes / 1.25);
  return { reference: name, source: "Registry", digest: digestOf(name), bytes, attachedBytes: 0 };
}
