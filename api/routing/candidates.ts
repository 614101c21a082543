/**
 * Which hosts could answer for a deployment now. Pure: a snapshot, who asks and what was observed go in; candidates and, for every
 * replica that is none, one reason as data come out. `words.ts` alone makes sentences of reasons.
 *
 * The checks are an ordered list; the first that objects gives the reason. Privacy classes and difficulty become checks of
 * this list; money and clouds a second source of candidates.
 */
import type { ModelDeployment, Replica, ReplicaState } from "../../operator/apis/model-deployment.ts";
import type { ModelHost } from "../../operator/apis/model-host.ts";

/** A place that can be asked. */
export interface Candidate {
  readonly replica: string;
  /** The machine that is asked: the first of the replica's hosts that knows the model by name. */
  readonly host: ModelHost;
  /** What the host calls the model. */
  readonly model: string;
  /** Requests it answers at once for this model. */
  readonly parallel: number;
}

export type Objection =
  | { readonly reason: "ReplicaNotReady"; readonly state: ReplicaState }
  | { readonly reason: "HostUnknown" }
  | { readonly reason: "HostNotReady"; readonly message: string }
  | { readonly reason: "NoModelName" }
  | { readonly reason: "NoAddress" }
  | { readonly reason: "NamespaceNotAllowed"; readonly namespace: string }
  | { readonly reason: "OwnersDevice"; readonly owner: string }
  | { readonly reason: "CircuitOpen"; readonly untilMs: number }
  | { readonly reason: "Failed"; readonly words: string };

export interface Refusal {
  readonly replica: string;
  readonly host: string;
  readonly objection: Objection;
}

export interface Asking {
  readonly deployment: ModelDeployment;
  readonly hosts: ReadonlyMap<string, ModelHost>;
  /** Name of the member. */
  readonly member: string;
  /** Until when a host's circuit is open; `undefined`: closed. */
  circuitOpenUntilMs(host: string): number | undefined;
  /** Hosts that failed for this very request, and with which words. */
  readonly failed: ReadonlyMap<string, string>;
}

export interface Found {
  readonly candidates: readonly Candidate[];
  readonly refusals: readonly Refusal[];
}

export function findCandidates(asking: Asking): Found {
  const candidates: Candidate[] = [];
  const refusals: Refusal[] = [];
  for (const replica of asking.deployment.status?.replicas ?? []) {
    const part = replica.hosts.find(({ model }) => model !== undefined) ?? replica.hosts[0];
    const objection = firstObjection(replica, asking);
    const host = asking.hosts.get(part?.name ?? "");
    if (objection) refusals.push({ replica: replica.id, host: part?.name ?? "", objection });
    else if (host && part?.model) {
      candidates.push({ replica: replica.id, host, model: part.model, parallel: host.spec.engine.parallel });
    }
  }
  return { candidates, refusals };
}

type Check = (replica: Replica, hosts: readonly ModelHost[], asking: Asking) => Objection | undefined;

/** In this order: what the operator says, what the host is, whom it serves, what we saw ourselves. */
const checks: readonly Check[] = [
  replicaReady,
  modelNamed,
  hostsReady,
  addressKnown,
  namespaceAllowed,
  ownersDevice,
  circuitClosed,
  notFailed,
];

function firstObjection(replica: Replica, asking: Asking): Objection | undefined {
  const hosts = replica.hosts.map(({ name }) => asking.hosts.get(name));
  if (replica.state === "Ready" && (hosts.length === 0 || hosts.includes(undefined))) return { reason: "HostUnknown" };
  const known = hosts.filter((host) => host !== undefined);
  for (const check of checks) {
    const objection = check(replica, known, asking);
    if (objection) return objection;
  }
  return undefined;
}

function replicaReady(replica: Replica): Objection | undefined {
  return replica.state === "Ready" ? undefined : { reason: "ReplicaNotReady", state: replica.state };
}

function modelNamed(replica: Replica): Objection | undefined {
  return replica.hosts.some(({ model }) => model) ? undefined : { reason: "NoModelName" };
}

function hostsReady(_: Replica, hosts: readonly ModelHost[]): Objection | undefined {
  for (const host of hosts) {
    const ready = host.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status !== "True") return { reason: "HostNotReady", message: ready?.message ?? "it was not probed yet" };
  }
  return undefined;
}

function addressKnown(_: Replica, hosts: readonly ModelHost[]): Objection | undefined {
  return hosts.some(({ spec }) => spec.endpoint.direct) ? undefined : { reason: "NoAddress" };
}

/** The operator moves replicas away when an owner shuts a namespace out; the gateway stops at once. */
function namespaceAllowed(_: Replica, hosts: readonly ModelHost[], asking: Asking): Objection | undefined {
  const namespace = asking.deployment.metadata.namespace ?? "";
  const allowed = hosts.every(({ spec }) =>
    spec.allowedNamespaces.some((entry) => entry === "*" || entry === namespace),
  );
  return allowed ? undefined : { reason: "NamespaceNotAllowed", namespace };
}

/** A device of layer `edge` serves its owner only. */
function ownersDevice(_: Replica, hosts: readonly ModelHost[], asking: Asking): Objection | undefined {
  const other = hosts.find(({ spec }) => spec.layer === "edge" && spec.owner !== asking.member);
  return other && { reason: "OwnersDevice", owner: other.spec.owner };
}

function circuitClosed(_: Replica, hosts: readonly ModelHost[], asking: Asking): Objection | undefined {
  for (const host of hosts) {
    const untilMs = asking.circuitOpenUntilMs(host.metadata.name);
    if (untilMs !== undefined) return { reason: "CircuitOpen", untilMs };
  }
  return undefined;
}

function notFailed(_: Replica, hosts: readonly ModelHost[], asking: Asking): Objection | undefined {
  for (const host of hosts) {
    const words = asking.failed.get(host.metadata.name);
    if (words !== undefined) return { reason: "Failed", words };
  }
  return undefined;
}
