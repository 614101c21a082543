/**
 * The conditions: what the steps said, what follows from the replicas, and Ready from all of them, in this one place. The form is
 * kstatus-compatible: Ready is True only when the newest spec is served whole; Stalled tells that waiting will not help; a
 * deployment that is scaled to zero is healthy.
 */
import type { ModelDeploymentConditionType } from "../apis/conditions/model-deployment.ts";
import type { Replica } from "../apis/model-deployment.ts";
import { desiredReplicas } from "../apis/model-deployment.ts";
import { type Finding, type SummaryRules, setConditions, summarise } from "../kube/conditions.ts";
import { isDeleting } from "../kube/finalizers.ts";
import { listed } from "../text/list.ts";
import { type Draft, hostOf, type Said } from "./draft.ts";

/** Which conditions Ready is made of: one that is bad when True first, then the way of a model in its order. */
export const readyRules = {
  target: "Ready",
  positive: ["Resolved", "Placed", "ModelPulled", "Available"],
  negative: ["Stalled", "Progressing"],
  ready: { reason: "EveryReplicaReady", message: "Every wanted replica answered a probe." },
} as const satisfies SummaryRules;

const order: readonly ModelDeploymentConditionType[] = [
  "Resolved",
  "Placed",
  "ModelPulled",
  "Available",
  "Progressing",
  "Stalled",
  "Degraded",
  "UpdateAvailable",
];

export function conditions(draft: Draft): void {
  const { deployment, now } = draft.snapshot;
  if (isDeleting(deployment)) leavingConditions(draft);
  else servingConditions(draft);
  const { generation } = deployment.metadata;
  const findings: Finding[] = order.map((type) => ({
    type,
    ...(draft.said.get(type) ?? unsaid(draft, type)),
    observedGeneration: generation,
  }));
  const set = setConditions(draft.written.conditions ?? [], findings, now);
  const rules = desiredReplicas(deployment) === 0 ? { ...readyRules, ready: zero } : readyRules;
  const ready = summarise(set, rules, generation);
  const sorted = setConditions(set, [ready], now).toSorted((a, b) => rank(a.type) - rank(b.type));
  draft.status.conditions = sorted.map(({ observedGeneration, ...rest }) => ({
    ...rest,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  }));
  draft.status.observedGeneration = generation;
}

const zero = { reason: "ScaledToZero", message: "No replica is wanted; the deployment is kept." };

/** Ready first: it is what people look for. */
function rank(type: string): number {
  return (order as readonly string[]).indexOf(type);
}

function unsaid({ written }: Draft, type: ModelDeploymentConditionType): Said {
  const before = written.conditions?.find((condition) => condition.type === type);
  if (before) return { status: before.status, reason: before.reason as Said["reason"], message: before.message };
  return { status: "Unknown", reason: "Waiting", message: "Not known yet." };
}

function servingConditions(draft: Draft): void {
  const desired = desiredReplicas(draft.snapshot.deployment);
  const alive = draft.replicas.filter(({ state }) => state !== "Removing");
  const ready = alive.filter(({ state }) => state === "Ready");
  sayPulled(draft, desired, alive);
  sayAvailable(draft, desired, ready);
  sayProgressing(draft, desired, alive);
  sayDegraded(draft, desired, alive, ready);
  if (!draft.said.has("Stalled")) draft.say("Stalled", "False", "AsExpected", "Nothing waits for somebody.");
}

function sayPulled(draft: Draft, desired: number, alive: readonly Replica[]): void {
  const lacking = alive.filter(({ id }) => !draft.pulled.has(id));
  const [first] = lacking.toSorted((a, b) => Number(b.state === "Failed") - Number(a.state === "Failed"));
  const [strike] = new Map([...draft.snapshot.strikes, ...draft.strikes]).values();
  if (alive.length === 0 && desired > 0 && strike) {
    draft.say("ModelPulled", "False", strike.reason, `${strike.message}.`);
  } else if (alive.length === 0 && desired > 0) {
    draft.say("ModelPulled", "Unknown", "NothingToPull", "No replica is placed yet.");
  } else if (!first) {
    const hosts = namesOf(alive);
    const where =
      hosts.length > 0 ? `As claimed by ${listed(hosts)}, compared with the resolved digest.` : "No replica is wanted.";
    draft.say("ModelPulled", "True", hosts.length > 0 ? "EveryReplicaPulled" : "NothingToPull", where);
  } else if (!draft.snapshot.hostsSynced) {
    return; // kept as it was: nothing is known yet
  } else {
    const reason = (first.reason ?? "Waiting") as Said["reason"];
    draft.say("ModelPulled", "False", reason, first.message ?? "Waits for its turn.");
  }
}

function sayAvailable(draft: Draft, desired: number, ready: readonly Replica[]): void {
  const hosts = namesOf(ready);
  if (ready.length > 0) {
    const reason = ready.length >= desired ? "EveryReplicaReady" : "SomeReplicaReady";
    draft.say("Available", "True", reason, `${ready.length} of ${desired} serve, on ${listed(hosts, 5)}.`);
  } else if (desired === 0) {
    draft.say("Available", "True", "ScaledToZero", "No replica is wanted.");
  } else {
    draft.say(
      "Available",
      "False",
      "NoReplicaReady",
      `0 of ${desired} ${desired === 1 ? "replica serves" : "replicas serve"}.`,
    );
  }
}

/** Something is under way as long as a replica is on its way, coming or going. The one that is least well is told. */
function sayProgressing(draft: Draft, desired: number, alive: readonly Replica[]): void {
  const leaving = draft.replicas.filter(({ state }) => state === "Removing");
  const [first] = [...alive.filter(({ state }) => state !== "Ready"), ...leaving].toSorted(
    (a, b) => urgency(b) - urgency(a),
  );
  if (draft.said.get("Resolved")?.reason === "Resolving") {
    draft.say("Progressing", "True", "Resolving", draft.said.get("Resolved")?.message ?? "");
  } else if (first) {
    const reason = (first.reason ?? "Waiting") as Said["reason"];
    const ready = alive.filter(({ state }) => state === "Ready").length;
    const counts = desired > 1 ? ` ${ready} of ${desired} serve.` : "";
    draft.say("Progressing", "True", reason, `${first.message ?? "Waits for its turn."}${counts}`);
  } else {
    draft.say("Progressing", "False", "Settled", "Nothing is under way.");
  }
}

function urgency({ state }: Replica): number {
  return ["Removing", "Pending", "Loading", "Creating", "Verifying", "Pulling", "Lost", "Failed"].indexOf(state);
}

function sayDegraded(draft: Draft, desired: number, alive: readonly Replica[], ready: readonly Replica[]): void {
  const [worst] = draft.degraded;
  const unwell = alive.filter(({ state }) => state === "Lost" || state === "Failed");
  if (worst) {
    draft.say("Degraded", "True", worst.reason, `${draft.degraded.map(({ message }) => message).join("; ")}.`);
  } else if (ready.length > 0 && ready.length < desired && (unwell.length > 0 || alive.length < desired)) {
    const why = unwell[0]?.message ?? draft.said.get("Placed")?.message ?? "";
    draft.say("Degraded", "True", "ReplicaMissing", `${ready.length} of ${desired} serve. ${why}`.trim());
  } else {
    draft.say("Degraded", "False", "AsExpected", "Nothing is worse than asked for.");
  }
}

function leavingConditions(draft: Draft): void {
  const hosts = namesOf(draft.replicas);
  const where = hosts.length > 0 ? ` off ${listed(hosts, 5)}` : "";
  const message = `The deployment is being deleted; its models are taken${where}.`;
  for (const type of ["Available", "Placed", "ModelPulled"] as const) draft.say(type, "False", "Deleting", message);
  draft.say("Progressing", "True", "Deleting", message);
  draft.say("Degraded", "False", "AsExpected", "Nothing is worse than asked for.");
}

export function namesOf(replicas: readonly Replica[]): string[] {
  return [...new Set(replicas.map((replica) => hostOf(replica)?.name ?? "").filter((name) => name !== ""))].toSorted();
}
