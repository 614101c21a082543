/** How one object changes: as the API server says after a dry run, or as the files say where it could not be asked. */
import { type ChangedObject, nameOf } from "./changed-objects.ts";
import type { DryRun } from "./cluster-view.ts";
import type { ObjectPlan } from "./plan.ts";
import { sameWritten, type Written, written } from "./written.ts";
import { yamlDiff } from "./yaml-diff.ts";

/** `isShown`: its diff is wanted; else only how it changes. */
export function objectPlan(changed: ChangedObject, answer: DryRun | undefined, isShown: boolean): ObjectPlan {
  const { kind } = changed;
  const files = partsOf(kind, changed.before?.body, changed.after?.body);
  switch (answer?.kind) {
    case "Accepted":
      return planOf(changed, "dry-run", partsOf(kind, answer.live, answer.result), isShown);
    case "Refused":
      return { ...planOf(changed, "dry-run", files, isShown), refusal: answer.sentence };
    default:
      return planOf(changed, "files", files, isShown);
  }
}

interface Parts {
  readonly before: Written | undefined;
  readonly after: Written | undefined;
}

type Source = { readonly metadata?: unknown; readonly spec?: unknown } | undefined;

function partsOf(kind: string, before: Source, after: Source): Parts {
  return { before: before && written(kind, before), after: after && written(kind, after) };
}

function planOf(changed: ChangedObject, basis: ObjectPlan["basis"], parts: Parts, isShown: boolean): ObjectPlan {
  const diff = isShown ? yamlDiff(parts.before, parts.after) : [];
  return { ...nameOf(changed), change: changeOf(parts), basis, diff };
}

/** What is gone already is still to be removed: the policy had it. */
function changeOf({ before, after }: Parts): ObjectPlan["change"] {
  if (!after) return "remove";
  if (!before) return "create";
  return sameWritten(before, after) ? "unchanged" : "update";
}
