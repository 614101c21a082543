/**
 * How much memory one replica takes: what the spec declares; else what the first loaded replica of this revision was measured
 * to take; else the estimate from the model's shape. A measurement is the host's claim, so it may lower later estimates only to half.
 */

import type { ModelDeploymentStatus } from "../../apis/model-deployment.ts";
import type { PlacementHost } from "../../placement/snapshot.ts";
import { type Draft, hostOf } from "../draft.ts";
import { quantityBytes } from "../quantity.ts";
import type { Estimator } from "../snapshot.ts";

const correctionMin = 0.5;
const correctionMax = 4;

export function measure(draft: Draft): void {
  const { deployment, estimate } = draft.snapshot;
  if (!draft.status.model) return;
  const parts = estimate(draft.status, undefined);
  const estimated = parts.weightsBytes + parts.kvCacheBytes + parts.graphBytes;
  const declared = quantityBytes(deployment.spec.memory);
  const before = draft.status.memory;
  const measured = measuredBytes(draft);
  if (declared !== undefined) draft.status.memory = { ...parts, totalBytes: declared, source: "Declared" };
  else if (measured !== undefined) draft.status.memory = { ...parts, totalBytes: measured, source: "Measured" };
  else if (before?.source === "Measured" && sameParts(before, parts)) return;
  else draft.status.memory = { ...parts, totalBytes: estimated, source: "Estimated" };
}

/** The largest: hosts round differently, and none should be promised too little. */
function measuredBytes(draft: Draft): number | undefined {
  const loaded = draft.replicas.filter(
    ({ id, state, revision }) => revision === draft.wanted?.revision && (state === "Ready" || draft.probed.has(id)),
  );
  const bytes = loaded.map((replica) => hostOf(replica)?.bytes ?? 0).filter((size) => size > 0);
  return bytes.length > 0 ? Math.max(...bytes) : undefined;
}

type Memory = NonNullable<ModelDeploymentStatus["memory"]>;

function sameParts(a: Memory, b: Pick<Memory, "weightsBytes" | "kvCacheBytes" | "graphBytes">): boolean {
  return a.weightsBytes === b.weightsBytes && a.kvCacheBytes === b.kvCacheBytes && a.graphBytes === b.graphBytes;
}

/** Memory of one replica on this host: it differs with the host's parallel requests and cache type. */
export function bytesOn(status: ModelDeploymentStatus, estimate: Estimator, host: PlacementHost): number {
  const { memory } = status;
  if (memory?.source === "Declared") return memory.totalBytes;
  const { weightsBytes, kvCacheBytes, graphBytes } = estimate(status, host);
  const estimated = weightsBytes + kvCacheBytes + graphBytes;
  if (memory?.source !== "Measured") return estimated;
  const expected = memory.weightsBytes + memory.kvCacheBytes + memory.graphBytes;
  const correction = expected > 0 ? memory.totalBytes / expected : 1;
  return Math.round(estimated * Math.min(correctionMax, Math.max(correctionMin, correction)));
}
