import { z } from "zod";
import { dateTime } from "./primitives.ts";

/** `metav1.Condition`, as https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md has it. */
export const condition = () =>
  z.object({
    type: z.string().min(1).max(316).describe("What the condition is about, in PascalCase."),
    status: z.enum(["True", "False", "Unknown"]).describe("Whether the condition holds."),
    observedGeneration: z
      .int()
      .min(0)
      .meta({ format: "int64" })
      .optional()
      .describe("The metadata.generation that this was computed from."),
    lastTransitionTime: dateTime().describe("When status last changed."),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe("One PascalCase word for programs."),
    message: z.string().max(32768).describe("A sentence for people, with numbers and the next step."),
  });

export const conditions = () =>
  z
    .array(condition())
    .max(32)
    .optional()
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] })
    .describe("The latest states, one per type.");

export type Condition = z.infer<ReturnType<typeof condition>>;
