import { describe, expect, test } from "vitest";
import { hostAilment, modelAilment, readyAilment } from "./health.ts";
import type { LiveObject } from "./live.ts";

type Status = "True" | "False" | "Unknown";

function live(
  spec: object,
  generation: number,
  conditions: readonly [string, Status, number?][] | undefined,
): LiveObject {
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelHost",
    metadata: { name: "gpu", generation },
    spec: spec as never,
    status: conditions && {
      conditions: conditions.map(([type, status, observedGeneration = generation]) => ({
        ...{ type, status, observedGeneration, reason: "Because", message: "of\nthis" },
        lastTransitionTime: "2026-01-01T00:00:00Z",
      })),
    },
    claims: [],
  };
}

const unseen = "it has no status yet: the operator has not looked at it";

describe("healthy is", () => {
  test.each<[string, typeof readyAilment, LiveObject]>([
    ["what is ready at its newest spec", readyAilment, live({}, 2, [["Ready", "True"]])],
    ["a machine that its owner has paused, whatever else", hostAilment, live({ pause: true }, 2, undefined)],
    [
      "a machine in its quiet hours",
      hostAilment,
      live({}, 2, [
        ["Ready", "False"],
        ["Quiet", "True"],
      ]),
    ],
    ["a model that is scaled to zero", modelAilment, live({ replicas: 0 }, 2, undefined)],
  ])("%s", (_, ailment, object) => {
    expect(ailment(object)).toBeUndefined();
  });
});

describe("not healthy is", () => {
  test.each<[string, typeof readyAilment, LiveObject, string]>([
    ["what nobody has looked at", readyAilment, live({}, 1, undefined), unseen],
    ["what has a status without a word on it", readyAilment, live({}, 1, []), unseen],
    [
      "what was ready at an older spec",
      modelAilment,
      live({ replicas: 1 }, 3, [["Ready", "True", 2]]),
      "the operator has not looked at its newest spec yet (generation 3, seen 2)",
    ],
    [
      "what is not ready, in the words of its status, made safe",
      hostAilment,
      live({}, 1, [["Ready", "False"]]),
      "Because: of\\nthis",
    ],
    ["what is not known to be ready", readyAilment, live({}, 1, [["Ready", "Unknown"]]), "Because: of\\nthis"],
    ["a machine that is paused no more", hostAilment, live({ pause: false }, 1, [["Paused", "False"]]), unseen],
  ])("%s", (_, ailment, object, why) => {
    expect(ailment(object)).toBe(why);
  });
});
