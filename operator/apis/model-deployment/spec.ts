/** What people write in a ModelDeployment. */
import { z } from "zod";
import { labelSelector, quantity } from "../fields/primitives.ts";
import { rules } from "../kind.ts";
import { model } from "./model.ts";

const parameters = z.object({
  temperature: z.number().min(0).max(2).optional().describe("Randomness: 0 is deterministic, 2 the most random."),
  topP: z.number().min(0).max(1).optional().describe("Keep the likeliest tokens up to this share of probability."),
  topK: z.int().min(0).max(1000).optional().describe("Keep this many of the likeliest tokens; 0 keeps all."),
  minP: z.number().min(0).max(1).optional().describe("Drop tokens less likely than this share of the likeliest."),
  repeatPenalty: z.number().min(0).max(2).optional().describe("Above 1 repeats are punished."),
  seed: z
    .int()
    .min(0)
    .max(2147483647)
    .optional()
    .describe("Same seed and prompt, same answer (on the same host and version)."),
  maxTokens: z.int().min(1).max(1048576).optional().describe("The most tokens that one answer may have."),
  stop: z
    .array(z.string().min(1).max(100))
    .max(16)
    .meta({ "x-kubernetes-list-type": "set" })
    .optional()
    .describe("An answer ends where one of these would come."),
});

const placement = z.object({
  layer: z
    .enum(["edge", "community"])
    .default("community")
    .describe("edge: a member's own device. community: machines shared with everybody."),
  hostSelector: labelSelector().default({}).describe("Labels that a ModelHost must have. Empty takes every host."),
  spreadBy: z
    .enum(["host", "owner", "site"])
    .default("host")
    .describe(
      "Replicas go to different hosts always; with owner or site, to different owners or sites where possible.",
    ),
  minimumTrust: z
    .enum(["unknown", "known", "trusted"])
    .default("known")
    .describe("The least trust that a host must have to run this model."),
});

export const spec = z
  .object({
    model: model.describe("What to serve: exactly one of ollama, huggingFace, files."),
    replicas: z
      .int()
      .min(0)
      .max(100)
      .meta({ format: "int32" })
      .optional()
      .describe("On how many hosts. 1 when left out; 0 keeps the deployment but serves nothing."),
    context: z
      .int()
      .min(128)
      .max(4194304)
      .default(4096)
      .describe("Context length in tokens, the same on every host, for prompt and answer together."),
    parameters: parameters.default({}).describe("Defaults for generation; a request may override them."),
    system: z
      .string()
      .max(16384)
      .meta(
        rules(
          { rule: "self.trim() != ''", message: "system is empty; leave it out to use none" },
          {
            rule: "!self.matches('[\\\\x00-\\\\x08\\\\x0b\\\\x0c\\\\x0e-\\\\x1f\\\\x7f-\\\\x{9f}]')",
            message: "system holds control characters; only line feeds and tabs may be in it",
          },
        ),
      )
      .optional()
      .describe("System prompt, used where a request brings none of its own."),
    placement: placement
      .default({ layer: "community", hostSelector: {}, spreadBy: "host", minimumTrust: "known" })
      .describe("Which hosts may serve it."),
    memory: quantity()
      .optional()
      .describe("Memory that one replica needs, if you know better than the estimate: for example 6Gi."),
    priority: z
      .int()
      .min(-1000)
      .max(1000)
      .default(0)
      .describe(
        "Higher is placed first when memory is short. A ready replica is never evicted for it before its replacement is ready.",
      ),
    update: z
      .enum(["Propose", "Track"])
      .default("Propose")
      .describe(
        "What a moved tag does. Propose: shown as UpdateAvailable, taken when you pin it. Track: taken by itself.",
      ),
  })
  .meta(
    rules(
      {
        rule: "!(self.update == 'Track' && has(self.model.digest))",
        message: "update: Track follows the tag, model.digest holds one version: choose one",
      },
      {
        rule: "!(self.update == 'Track' && has(self.model.files))",
        message: "update: Track has nothing to follow: files are pinned by content",
      },
      {
        rule: "!has(self.parameters.maxTokens) || self.parameters.maxTokens <= self.context",
        message:
          "parameters.maxTokens is greater than context (4096 when left out): prompt and answer together must fit into it",
      },
    ),
  );

export type ModelDeploymentSpec = z.output<typeof spec>;
export type GenerationParameters = z.output<typeof parameters>;
export type Placement = z.output<typeof placement>;
