/**
 * How much memory one replica takes: what the spec declares; else the estimate from the model's shape, corrected by what the first
 * loaded replica of this revision was measured to take. A measurement is a host's claim: how far it is believed has bounds.
 */
import type { ModelDeployment, ModelDeploymentStatus, Replica } from "../../apis/model-deployment.ts";
import { quantityBytes } from "../../apis/quantity.ts";
import type { PlacementHost } from "../../placement/snapshot.ts";
import { type Draft, hostOf } from "../draft.ts";
import type { Estimator } from "../snapshot.ts";

export function measure(draft: Draft): void {
  const { deployment, estimate } = draft.snapshot;
  const { model, memory: before } = draft.status;
  if (!model) return;
  const { weightsBytes, kvCacheBytes, graphBytes, totalBytes } = estimate(deployment, model);
  const parts = { weightsBytes, kvCacheBytes, graphBytes };
  const declared = quantityBytes(deployment.spec.memory);
  const correction = correctionOf(draft);
  if (declared !== undefined) {
    draft.status.memory = { ...parts, totalBytes: declared, source: "Declared" };
  } else if (correction !== undefined) {
    draft.status.memory = { ...parts, totalBytes: Math.round(totalBytes * correction), source: "Measured" };
  } else if (before?.source !== "Measured" || !sameParts(before, parts)) {
    draft.status.memory = { ...parts, totalBytes, source: "Estimated" };
  }
}

/** Measured ÷ estimated for the replica where that is the most: hosts round differently, and none should be promised too little. */
function correctionOf(draft: Draft): number | undefined {
  const corrections = draft.replicas.flatMap((replica) =>
    isMeasured(draft, replica) ? (correctionOn(draft, replica) ?? []) : [],
  );
  return corrections.length > 0 ? Math.max(...corrections) : undefined;
}

function isMeasured(draft: Draft, { id, state, revision }: Replica): boolean {
  return revision === draft.wanted?.revision && (state === "Ready" || draft.probed.has(id));
}

function correctionOn({ snapshot, status }: Draft, replica: Replica): number | undefined {
  const part = hostOf(replica);
  const host = part && snapshot.hosts.get(part.name);
  if (!host || !status.model) return undefined;
  const { totalBytes } = snapshot.estimate(snapshot.deployment, status.model, {
    ...host.placement,
    accelerated: host.accelerated,
  });
  return totalBytes > 0 ? part.bytes / totalBytes : undefined;
}

type Memory = NonNullable<ModelDeploymentStatus["memory"]>;

function sameParts(a: Memory, b: Pick<Memory, "weightsBytes" | "kvCacheBytes" | "graphBytes">): boolean {
  return a.weightsBytes === b.weightsBytes && a.kvCacheBytes === b.kvCacheBytes && a.graphBytes === b.graphBytes;
}

/** Memory of one replica on this host: it differs with the host's parallel requests, cache type and kind of memory. */
export function bytesOn(
  deployment: ModelDeployment,
  { model, memory }: ModelDeploymentStatus,
  estimate: Estimator,
  host: PlacementHost & { readonly accelerated?: boolean },
): number {
  if (memory?.source === "Declared") return memory.totalBytes;
  if (!model) return 0;
  const { totalBytes } = estimate(deployment, model, host);
  if (memory?.source !== "Measured") return totalBytes;
  const estimated = memory.weightsBytes + memory.kvCacheBytes + memory.graphBytes;
  return estimated > 0 ? Math.round((totalBytes * memory.totalBytes) / estimated) : totalBytes;
}
