/**
 * New settings, or a new model, host by host: a replica that serves the old revision goes on serving while a successor is made
 * beside it, and leaves when that is ready. One successor at a time, so that a revision that does not work stops at the first
 * host. Where the memory of the host does not hold both, the old one leaves first; one that serves nobody leaves at once.
 */
import type { Replica } from "../../apis/model-deployment.ts";
import { type Draft, hostOf } from "../draft.ts";
import type { HostFacts } from "../snapshot.ts";
import type { Wanted } from "../wanted.ts";
import { bytesOn } from "./measure.ts";
import { namesOn, retire } from "./place.ts";

export function roll(draft: Draft): void {
  const { wanted } = draft;
  if (!wanted) return;
  for (const replica of draft.replicas.filter(({ replaces }) => replaces !== undefined))
    conclude(draft, replica, wanted);
  for (const replica of draft.replicas) {
    if (replica.revision === wanted.revision || replica.state === "Removing" || replica.state === "Lost") continue;
    if (draft.replicas.some(({ replaces }) => replaces === replica.id)) continue;
    if (replica.state !== "Ready") retire(draft, replica, "it is of older settings and serves nobody");
    else succeed(draft, replica, wanted);
  }
}

/** Successors that are ready take over at once: the same status says that the old ones leave. */
export function takeOver(draft: Draft): void {
  const { wanted } = draft;
  if (!wanted) return;
  for (const replica of draft.replicas.filter(({ replaces }) => replaces !== undefined))
    conclude(draft, replica, wanted);
}

/** The successor took over, or is itself no longer wanted. */
function conclude(draft: Draft, successor: Replica, wanted: Wanted): void {
  const old = draft.replicas.find(({ id }) => id === successor.replaces);
  if (successor.state === "Removing") return;
  if (!old || old.state === "Removing") {
    delete successor.replaces;
  } else if (successor.revision !== wanted.revision) {
    retire(draft, successor, "the settings changed again before it was ready");
    delete successor.replaces;
  } else if (successor.state === "Ready") {
    retire(draft, old, "a replica with the new settings is ready");
    delete successor.replaces;
  }
}

function succeed(draft: Draft, old: Replica, wanted: Wanted): void {
  const host = draft.snapshot.hosts.get(hostOf(old)?.name ?? "");
  const underWay = draft.replicas.some(
    ({ revision, state }) => revision === wanted.revision && state !== "Ready" && state !== "Removing",
  );
  if (!host || underWay) return;
  const bytes = bytesOn(draft.snapshot.deployment, draft.status, draft.snapshot.estimate, host.placement);
  if (!holdsBoth(draft, host, old, bytes)) {
    retire(draft, old, `${host.name} has no memory for the old and the new settings at once`);
    return;
  }
  const successor: Replica = {
    id: successorId(draft.replicas, old.id, wanted.revision),
    hosts: [{ name: host.name, bytes, ...namesOn(host, wanted), ...sameBase(old, wanted) }],
    state: "Pending",
    revision: wanted.revision,
    replaces: old.id,
  };
  draft.move(successor, "Pending", "RollingOut", `Takes over from ${old.id} when it is ready.`);
  draft.replicas.push(successor);
}

/** Where only settings differ both are made from one base, whose digest on the host is known. */
function sameBase(old: Replica, wanted: Wanted): { baseCreated?: string } {
  const part = hostOf(old);
  return part?.base === wanted.base && part.baseCreated !== undefined ? { baseCreated: part.baseCreated } : {};
}

/** Everything of ours that is placed on the host, of other deployments too, and the owner's own models. */
function holdsBoth(draft: Draft, host: HostFacts, old: Replica, bytes: number): boolean {
  const { allowedBytes, capacityBytes, strangersBytes } = host.placement.memory;
  const ours = draft.snapshot.placedBytes.get(host.name) ?? hostOf(old)?.bytes ?? 0;
  return ours + bytes <= allowedBytes && ours + bytes + strangersBytes <= capacityBytes;
}

/** `r1-<revision>`; a number more where one of that name is still leaving. */
function successorId(replicas: readonly Replica[], id: string, revision: string): string {
  const plain = `${id.replace(/-.*$/, "")}-${revision}`;
  const taken = new Set(replicas.map((replica) => replica.id));
  let unused = plain;
  for (let number = 2; taken.has(unused); number++) unused = `${plain}-${number}`;
  return unused;
}
