/** The deployment is being deleted: every replica leaves its host, then the finalizer goes. Nothing of it is garbage-collected for us. */
import { deploymentFinalizer } from "../../apis/group.ts";
import { hasFinalizer } from "../../kube/finalizers.ts";
import type { Draft } from "../draft.ts";
import { retire } from "./place.ts";

export function finalise(draft: Draft): void {
  const { deployment } = draft.snapshot;
  for (const replica of draft.replicas) {
    delete replica.replaces;
    retire(draft, replica, "the deployment is being deleted");
  }
  draft.refuse([]);
  draft.say("Stalled", "False", "Deleting", "The deployment is being deleted.");
  const gone = (draft.written.replicas ?? []).length === 0;
  if (gone && hasFinalizer(deployment, deploymentFinalizer)) draft.command({ kind: "RemoveFinalizer" });
}
