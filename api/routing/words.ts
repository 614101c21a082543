/** The only place where reasons of routing become sentences. */
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { desiredReplicas } from "../../operator/apis/model-deployment.ts";
import { listed } from "../../operator/text/list.ts";
import type { Objection, Refusal } from "./candidates.ts";

/** `host-a is not ready: no route to host, and host-b still has to be tried again in 4 s` */
export function refusalWords(refusals: readonly Refusal[], now: number): string {
  return listed(
    refusals.map(({ host, objection }) => `${host || "a replica"} ${objectionWords(objection, now)}`),
    4,
  );
}

/** Why a deployment without any replica has none, in the operator's words where it wrote some. */
export function noReplicaWords(deployment: ModelDeployment): string {
  if (desiredReplicas(deployment) === 0) return "it is scaled to zero replicas";
  const ready = deployment.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready && ready.status !== "True" && ready.message) return ready.message.replace(/\.$/, "");
  return "it has no replica yet";
}

function objectionWords(objection: Objection, now: number): string {
  switch (objection.reason) {
    case "ReplicaNotReady":
      return `is ${objection.state.toLowerCase()}`;
    case "HostUnknown":
      return "is gone";
    case "HostNotReady":
      return `is not ready: ${objection.message.replace(/\.$/, "")}`;
    case "NoModelName":
      return "has not said what the model is called there";
    case "NoAddress":
      return "has no address that the gateway can reach";
    case "NamespaceNotAllowed":
      return `does not serve namespace ${objection.namespace}`;
    case "OwnersDevice":
      return `serves its owner ${objection.owner} only`;
    case "CircuitOpen":
      return `failed several times and is asked again in ${Math.max(1, Math.ceil((objection.untilMs - now) / 1000))} s`;
    case "Failed":
      return objection.words;
  }
}
