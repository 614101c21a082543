/** What deployments have, or are about to have, on a host: the names in their status, written there before anything is made. */
import type { ModelDeployment, ModelDeploymentStatus, ReplicaHost } from "../apis/model-deployment.ts";
import type { MadeModel } from "../apis/model-host.ts";

export interface Want extends MadeModel {
  /** `false`: the deployment is being deleted, or the replica is on its way out: the name may go. */
  readonly live: boolean;
  /** The served model, and not what it was made from. */
  readonly served: boolean;
  /** Of the deployment; what its memory is made of is compared with what the host measures. */
  readonly memory?: ModelDeploymentStatus["memory"];
}

export function wantsOn(host: string, deployments: readonly ModelDeployment[]): Want[] {
  return deployments.flatMap((deployment) => wantsOf(deployment, host));
}

/** Names of all hosts that the deployment's status speaks of. */
export function hostsOf(deployment: ModelDeployment): string[] {
  return (deployment.status?.replicas ?? []).flatMap(({ hosts }) => hosts.map(({ name }) => name));
}

function wantsOf({ metadata, status }: ModelDeployment, host: string): Want[] {
  const deployment = `${metadata.namespace ?? "default"}/${metadata.name}`;
  const memory = status?.memory;
  const shared = { deployment, uid: metadata.uid, ...(memory === undefined ? {} : { memory }) };
  return (status?.replicas ?? []).flatMap(({ hosts, state }) => {
    const live = metadata.deletionTimestamp === undefined && state !== "Removing";
    return hosts
      .filter(({ name }) => name === host)
      .flatMap((carried) =>
        namesIn(carried).map((model) => ({ ...shared, model, live, served: model === carried.model })),
      );
  });
}

function namesIn({ model, base, pulled }: ReplicaHost): string[] {
  return [...new Set([model, base, pulled].filter((name) => name !== undefined))];
}
