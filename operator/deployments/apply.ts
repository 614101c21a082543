/** Does what a plan says, in its order. All effects of the deployments' controller but the status write are in this file. */
import { deploymentFinalizer } from "../apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../apis/model-deployment.ts";
import type { HostDirectory } from "../hosts/view.ts";
import type { KubeClient } from "../kube/client.ts";
import { addFinalizer, removeFinalizer } from "../kube/finalizers.ts";
import { keyOf } from "../kube/resource.ts";
import type { Store } from "../kube/store.ts";
import type { Command } from "./command.ts";
import type { Memory } from "./memory.ts";
import type { Resolutions } from "./resolution.ts";
import type { Tasks } from "./tasks/tasks.ts";

export interface ApplyContext {
  readonly client: Pick<KubeClient, "get" | "patch">;
  readonly deployments: Store<ModelDeployment>;
  readonly hosts: Pick<HostDirectory, "removals">;
  readonly tasks: Tasks;
  readonly resolutions: Resolutions;
  readonly memory: Memory;
  readonly now: () => number;
}

/** Gives back whether the object's metadata was written: the plan was made from what it was before. */
export async function apply(
  context: ApplyContext,
  deployment: ModelDeployment,
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<void> {
  for (const command of commands) {
    signal.throwIfAborted();
    await execute(context, deployment, command, signal);
  }
}

async function execute(
  context: ApplyContext,
  deployment: ModelDeployment,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const { client, deployments, hosts, tasks, resolutions, memory } = context;
  const { uid } = deployment.metadata;
  const owner = { key: keyOf(deployment.metadata), uid };
  switch (command.kind) {
    case "AddFinalizer": {
      const written = await addFinalizer(client, modelDeployments, deployment, deploymentFinalizer, { signal });
      if (written) deployments.observe(written as ModelDeployment);
      return;
    }
    case "RemoveFinalizer":
      await removeFinalizer(client, modelDeployments, deployment, deploymentFinalizer, { signal });
      return;
    case "Resolve":
      resolutions.start(owner, command.reference);
      return;
    case "StartTask":
      if (command.step.kind === "Load") memory.loaded(uid, command.replica, context.now());
      tasks.start(owner, command.replica, command.host, command.step);
      return;
    case "StopTask":
      tasks.stop(uid, command.replica);
      return;
    case "HandOver": {
      const removals = command.models.map((model) => ({ model, deployment: owner.key, uid }));
      // `false`: there is no such ModelHost any more, so there is nothing to clean.
      await hosts.removals.enqueue(command.host, removals, { signal });
      memory.handedOver(uid, command.replica);
      return;
    }
  }
}
