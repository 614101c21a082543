/** The fields that people watch with `kubectl get md -w`: one word, counts, hosts, how far a download is; and the scale subresource. */
import { labels } from "../apis/group.ts";
import type { Replica } from "../apis/model-deployment.ts";
import { desiredReplicas } from "../apis/model-deployment.ts";
import { isTrue } from "../kube/conditions.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { formatBytes } from "../text/bytes.ts";
import { listed } from "../text/list.ts";
import { namesOf } from "./conditions.ts";
import { type Draft, setOptional } from "./draft.ts";
import { percent } from "./steps/wait.ts";

const hostsSpelledOutMax = 4;

export function summarise(draft: Draft): void {
  const { deployment } = draft.snapshot;
  const { status } = draft;
  const desired = desiredReplicas(deployment);
  const alive = draft.replicas.filter(({ state }) => state !== "Removing");
  const ready = new Set(alive.filter(({ state }) => state === "Ready").map(({ hosts }) => hosts[0]?.name)).size;
  status.replicas = draft.replicas;
  status.selector = `${labels.modelDeployment}=${deployment.metadata.name}`.slice(0, 400);
  status.desiredReplicas = desired;
  status.replicaCount = namesOf(alive).length;
  status.readyReplicas = ready;
  status.ready = `${ready}/${desired}`;
  status.hosts = listed(namesOf(draft.replicas), hostsSpelledOutMax);
  status.state = stateOf(draft, desired, alive, ready);
  setOptional(status, "progress", progressOf(draft.replicas));
}

/** One word, the most important thing first. */
function stateOf(draft: Draft, desired: number, alive: readonly Replica[], ready: number): string {
  const { conditions } = draft.status;
  const states = new Set(alive.map(({ state }) => state));
  if (isDeleting(draft.snapshot.deployment)) return "Removing";
  if (isTrue(conditions, "Ready")) {
    if (desired === 0) return "ScaledToZero";
    return isTrue(conditions, "Degraded") ? "Degraded" : "Ready";
  }
  if (isTrue(conditions, "Stalled")) return "Stalled";
  if (alive.some(({ replaces }) => replaces !== undefined)) return "Updating";
  if (isTrue(conditions, "Degraded")) return "Degraded";
  if (draft.said.get("Resolved")?.status === "Unknown") return "Resolving";
  for (const state of ["Failed", "Lost", "Pulling", "Verifying", "Creating", "Loading"] as const) {
    if (states.has(state) && (state !== "Failed" || ready === 0)) return state;
  }
  if (ready > 0 && draft.replicas.length > alive.length) return "Updating";
  return states.has("Pending") ? "Placed" : "Waiting";
}

/** Of all downloads together. */
function progressOf(replicas: readonly Replica[]): string | undefined {
  const pulling = replicas.filter(
    ({ state, totalBytes }) => (state === "Pulling" || state === "Verifying") && totalBytes,
  );
  const total = pulling.reduce((sum, { totalBytes = 0 }) => sum + totalBytes, 0);
  if (total === 0) return undefined;
  const completed = pulling.reduce((sum, { completedBytes = 0 }) => sum + completedBytes, 0);
  return `${percent(completed, total)} of ${formatBytes(total)}`;
}
