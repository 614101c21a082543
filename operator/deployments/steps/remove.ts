/**
 * What leaves: the host's own durable list of removals takes its names, then our status lets go of them. The order matters twice:
 * the state Removing is stored first, so that the gateway sends nothing there any more, and our status keeps the names until
 * the host's list has them. A host that is away keeps its list and is cleaned when it comes back.
 */
import type { Replica, ReplicaHost } from "../../apis/model-deployment.ts";
import { type Draft, hostOf } from "../draft.ts";
import type { HostFacts } from "../snapshot.ts";

export function remove(draft: Draft): void {
  for (const replica of draft.replicas.filter(({ state }) => state === "Removing")) removeOne(draft, replica);
}

function removeOne(draft: Draft, replica: Replica): void {
  const { snapshot, written, now } = draft;
  const stored = written.replicas?.find(({ id }) => id === replica.id);
  if (stored?.state !== "Removing") return;
  if (snapshot.tasks.some((task) => task.replica === replica.id && !task.end)) {
    draft.command({ kind: "StopTask", replica: replica.id });
    return;
  }
  const host = snapshot.hosts.get(hostOf(replica)?.name ?? "");
  if (!host) {
    // Its ModelHost is gone; the host's own finalizer cleaned it, or its owner said that the machine is gone.
    if (snapshot.hostsSynced) draft.drop(replica);
    return;
  }
  const models = namesToRemove(draft, replica, host);
  if (models.length > 0 && !snapshot.handedOver.has(replica.id)) {
    draft.command({ kind: "HandOver", replica: replica.id, host: host.name, models });
    return;
  }
  const pending = snapshot.removing.get(host.name);
  const patienceEnds = Date.parse(replica.since ?? "") + snapshot.limits.finaliseWaitMs;
  if (host.reachable && models.some((name) => pending?.has(name)) && now < patienceEnds) {
    draft.wake(patienceEnds);
    return;
  }
  draft.drop(replica);
  draft.tell("Normal", "ReplicaRemoved", `Replica ${replica.id} left ${host.name}`);
}

/** Names that no replica which stays has on that host. What other deployments want there, the host's list itself keeps. */
function namesToRemove(draft: Draft, replica: Replica, host: HostFacts): string[] {
  const part = hostOf(replica);
  if (!part) return [];
  const kept = new Set(
    draft.replicas
      .filter((other) => other !== replica && other.state !== "Removing")
      .flatMap(({ hosts }) => hosts.filter(({ name }) => name === part.name))
      .flatMap(({ model, base, pulled }) => [model, base, pulled]),
  );
  const names = [part.model, part.base, downloadOf(draft, part, host)];
  return names.filter((name): name is string => name !== undefined && !kept.has(name));
}

/** The name of a download that was not finished with. Other content under it is somebody else's, who pulled it in between. */
function downloadOf({ status }: Draft, { pulled }: ReplicaHost, host: HostFacts): string | undefined {
  if (pulled === undefined) return undefined;
  const there = host.models.get(pulled);
  const ours = there ? there.digest === status.model?.digest : host.reachable;
  return ours ? pulled : undefined;
}
