/** Whether what was changed works: read from the status that the operator wrote, of the newest spec. */
import type { ModelHostConditionType } from "../../operator/apis/conditions/model-host.ts";
import { findCondition, isTrue } from "../../operator/kube/conditions.ts";
import { printable } from "../../operator/text/printable.ts";
import type { LiveObject } from "./live.ts";
import { isMapping } from "./ownership/fields.ts";

/** What is wrong with it, in the words of its status; undefined when it is healthy. */
export type Ailment = (live: LiveObject) => string | undefined;

const messageCharsMax = 500;
const restful: readonly ModelHostConditionType[] = ["Paused", "Quiet"];

/** A machine that its owner has for themself just now is in order. */
export const hostAilment: Ailment = (live) => {
  const isPaused = isMapping(live.spec) && live.spec["pause"] === true;
  if (isPaused || restful.some((type) => isTrue(live.status?.conditions, type))) return undefined;
  return readyAilment(live);
};

/** Of a model that is scaled to zero nothing is wanted. */
export const modelAilment: Ailment = (live) =>
  isMapping(live.spec) && live.spec["replicas"] === 0 ? undefined : readyAilment(live);

export const readyAilment: Ailment = ({ metadata, status }) => {
  const ready = findCondition(status?.conditions, "Ready");
  if (!ready) return "it has no status yet: the operator has not looked at it";
  const seen = ready.observedGeneration ?? status?.observedGeneration ?? 0;
  if (seen < (metadata.generation ?? 0)) {
    return `the operator has not looked at its newest spec yet (generation ${metadata.generation}, seen ${seen})`;
  }
  if (ready.status === "True") return undefined;
  return `${printable(ready.reason, 100)}: ${printable(ready.message, messageCharsMax)}`;
};
