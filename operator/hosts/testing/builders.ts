/** A host that answers, and what differs. */
import type { ModelHost, ModelHostSpec, ModelHostStatus } from "../../apis/model-host.ts";
import type { LoadedModel, ModelOnDisk } from "../../engines/engine.ts";
import type { Connection } from "../endpoint.ts";
import { defaultHostLimits } from "../limits.ts";
import { answered, type Liveness, notAskedYet } from "../liveness.ts";
import type { HostFacts } from "../probe.ts";
import type { HostSnapshot } from "../snapshot.ts";
import type { Want } from "../wants.ts";

export const GiB = 2 ** 30;
export const now = Date.parse("2026-11-23T12:00:00Z");
export const digest = `sha256:${"a".repeat(64)}` as const;

export function hostObject(
  spec: Partial<ModelHostSpec> = {},
  status?: ModelHostStatus,
  metadata: Partial<ModelHost["metadata"]> = {},
): ModelHost {
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelHost",
    metadata: {
      name: "host-a",
      uid: "host-uid",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-11-23T00:00:00Z",
      ...metadata,
    },
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
    ...(status === undefined ? {} : { status }),
  };
}

export const secure: Connection = {
  kind: "Usable",
  endpoint: { url: "https://gpu1.example.org:11434" },
  transport: { secure: true, reason: "Encrypted", message: "The connection is encrypted." },
  fingerprint: "f",
};

export const reachable: Liveness = answered(notAskedYet(now - 60_000), true, now - 60_000, defaultHostLimits);

export function facts(models: readonly string[] = [], more: Partial<HostFacts> = {}): HostFacts {
  return {
    version: "0.24.0",
    models: models.map((name) => onDisk(name)),
    loaded: [],
    answeredAt: now - 1_000,
    ...more,
  };
}

export function onDisk(name: string, more: Partial<ModelOnDisk> = {}): ModelOnDisk {
  return { name, digest, bytes: GiB, modifiedAt: 0, ...more };
}

export function inMemory(name: string, more: Partial<LoadedModel> = {}): LoadedModel {
  return { name, digest, bytes: GiB, vramBytes: 0, context: 4096, expiresAt: "never", ...more };
}

export function want(model: string, more: Partial<Want> = {}): Want {
  return { model, deployment: "default/chat", uid: "uid-1", live: true, served: false, ...more };
}

export function snapshotOf(more: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    now,
    object: hostObject(),
    connection: secure,
    liveness: reachable,
    facts: facts(),
    node: { kind: "NotAsked" },
    quiet: { kind: "Open" },
    wants: [],
    wantsSynced: true,
    wished: [],
    done: new Set(),
    troubles: new Map(),
    unwantedSince: new Map(),
    limits: defaultHostLimits,
    ...more,
  };
}
