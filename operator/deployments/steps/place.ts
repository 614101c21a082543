/**
 * Which replicas there are to be and where: placement decides over all deployments, this step carries its answer for one into the
 * status. A new replica's names are written down here and made on the host only after they have been stored (`writtenDown`).
 */
import type { Replica } from "../../apis/model-deployment.ts";
import { desiredReplicas } from "../../apis/model-deployment.ts";
import { explain } from "../../placement/explain.ts";
import { wakeAt } from "../../placement/filters/all.ts";
import type { PlannedReplica } from "../../placement/plan.ts";
import { inWords, leaveInWords } from "../../placement/sentences.ts";
import { printable } from "../../text/printable.ts";
import { type Draft, hostOf } from "../draft.ts";
import type { HostFacts, PlacementAnswer } from "../snapshot.ts";
import { namesOf } from "../source.ts";
import type { Wanted } from "../wanted.ts";

const refusalCharsMax = 1024;

export function place(draft: Draft): void {
  const { deployment, hostsSynced } = draft.snapshot;
  const desired = desiredReplicas(deployment);
  if (desired === 0) {
    for (const replica of draft.replicas) retire(draft, replica, "fewer replicas are wanted");
    draft.refuse([]);
    draft.say("Placed", "True", "ScaledToZero", "No replica is wanted.");
    return;
  }
  if (!draft.wanted) {
    draft.say("Placed", "Unknown", "WaitingForModel", "Waits until the reference is resolved.");
    return;
  }
  if (!hostsSynced) {
    draft.say("Placed", "Unknown", "Waiting", "Waits until every host was asked once.");
    return;
  }
  const answer = ask(draft, draft.wanted);
  carryOut(draft, answer, draft.wanted);
  sayPlaced(draft, answer);
}

function ask(draft: Draft, wanted: Wanted): PlacementAnswer {
  const strikes = new Map([...draft.snapshot.strikes, ...draft.strikes]);
  const names = namesOf(wanted);
  return draft.snapshot.place({ status: { ...draft.status, replicas: draft.replicas }, strikes, names });
}

function carryOut(draft: Draft, answer: PlacementAnswer, wanted: Wanted): void {
  for (const planned of answer.replicas) {
    const replica = draft.replicas.find(({ id }) => id === planned.id);
    if (planned.action.kind === "Add") add(draft, planned, wanted);
    else if (planned.action.kind === "Remove" && replica) {
      const why = leaveInWords(planned.action.why);
      retire(
        draft,
        draft.replicas.find(({ id }) => id === replica.replaces),
        why,
      );
      retire(draft, replica, why);
    } else if (planned.action.kind === "Drain" && planned.action.mustLeaveAt !== undefined) {
      draft.wake(planned.action.mustLeaveAt);
    }
  }
}

function add(draft: Draft, planned: PlannedReplica, wanted: Wanted): void {
  const replica: Replica = {
    id: planned.id,
    hosts: planned.hosts.map(({ name, bytes }) => ({
      name,
      bytes,
      ...namesOn(draft.snapshot.hosts.get(name), wanted),
    })),
    state: "Pending",
    revision: wanted.revision,
  };
  draft.move(replica, "Pending", "Waiting", "Placed; nothing was done on the host yet.");
  draft.replicas.push(replica);
  const names = planned.hosts.map(({ name }) => name).join(", ");
  draft.tell("Normal", "Placed", `Replica ${planned.id} goes to ${names}`);
}

/** What will be made there. The download's own name is ours only where a download is needed and the host has none of that name now. */
export function namesOn(host: HostFacts | undefined, wanted: Wanted) {
  const names = { model: wanted.served, base: wanted.base };
  const { pull } = wanted;
  const there = [...(host?.models.values() ?? [])].some(({ digest }) => digest === wanted.digest);
  if (!pull || there || host?.models.has(pull.name)) return names;
  return { ...names, pulled: pull.name };
}

/** From now on it gets no requests; what it has on its host is removed once that is stored. */
export function retire(draft: Draft, replica: Replica | undefined, why: string): void {
  if (!replica || replica.state === "Removing") return;
  const host = hostOf(replica)?.name ?? "its host";
  draft.move(replica, "Removing", "Removing", `Leaves ${host}: ${printable(why, 1500)}`);
  delete replica.retryAfter;
  delete replica.attempts;
  delete replica.completedBytes;
  delete replica.totalBytes;
}

function sayPlaced(draft: Draft, answer: PlacementAnswer): void {
  const message = explain(answer);
  if (answer.missing === 0) {
    draft.refuse([]);
    draft.say("Placed", "True", "EveryReplicaPlaced", message);
    return;
  }
  draft.refusals = answer.refusals;
  const at = wakeAt(answer.refusals);
  if (at !== undefined) draft.wake(at);
  draft.refuse(
    answer.refusals.map((refusal) => ({
      host: refusal.host,
      reason: refusal.code,
      message: printable(`${inWords(refusal)}.`, refusalCharsMax),
    })),
  );
  const some = answer.replicas.some(({ action }) => action.kind === "Keep" || action.kind === "Add");
  const reason = some ? "TooFewHosts" : draft.snapshot.hosts.size === 0 ? "NoHosts" : "NoHostFits";
  draft.say("Placed", "False", reason, message);
}
