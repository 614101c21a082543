/** What the owner of a machine writes in its ModelHost. */
import { z } from "zod";
import { labelPattern, objectName, quantity, words } from "../fields/primitives.ts";
import { rules } from "../kind.ts";
import { endpoint } from "./endpoint.ts";

const quietHours = z
  .object({
    start: z
      .string()
      .max(5)
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .describe("Local time at which the machine stops serving, HH:MM."),
    end: z
      .string()
      .max(5)
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .describe("Local time at which it serves again. Earlier than start: on the next day."),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/)
      .default("UTC")
      .describe("IANA name, for example Europe/Berlin."),
    days: z
      .array(z.enum(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))
      .max(7)
      .optional()
      .meta({ "x-kubernetes-list-type": "set" })
      .describe("Days on which it starts; every day when left out."),
  })
  .meta(
    rules({ rule: "self.start != self.end", message: "start and end are the same: for the whole day set pause: true" }),
  );

const engine = z.object({
  kind: z.enum(["Ollama"]).default("Ollama").describe("What runs there."),
  parallel: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "OLLAMA_NUM_PARALLEL of the server: requests that one loaded model answers at once. Each takes its own share of KV cache.",
    ),
  kvCacheType: z.enum(["f16", "q8_0", "q4_0"]).default("f16").describe("OLLAMA_KV_CACHE_TYPE of the server."),
  maxLoadedModels: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe(
      "OLLAMA_MAX_LOADED_MODELS of the server, if set: models that it keeps in memory at once. Left out, 3 is assumed, as Ollama does for one card or none.",
    ),
});

export const spec = z
  .object({
    owner: z.string().min(1).max(63).regex(labelPattern).describe("Member who owns the machine."),
    site: z
      .string()
      .min(1)
      .max(63)
      .regex(labelPattern)
      .optional()
      .describe("Where it stands: machines of one site fail together."),
    layer: z
      .enum(["edge", "community"])
      .default("community")
      .describe("edge: serves its owner only. community: serves everybody."),
    endpoint,
    node: objectName().optional().describe("Kubernetes Node that it was discovered on."),
    hardware: z
      .object({
        accelerator: z.enum(["cpu", "nvidia", "amd", "apple", "intel"]).default("cpu").describe("What computes."),
        product: words().optional().describe("For example NVIDIA GeForce RTX 3090."),
        memory: quantity().describe("Memory that models can use on it: GPU memory, or main memory on a CPU host."),
        disk: quantity().optional().describe("Disk that models may take in all. Left out: not checked before a pull."),
      })
      .describe("What the owner declares. Where discovery finds labels, those are compared with it."),
    memoryShare: z.int().min(1).max(100).default(100).describe("Percent of the memory that the community may use."),
    quietHours: z.array(quietHours).max(14).optional().describe("When the owner wants the machine for themself."),
    pause: z.boolean().default(false).describe("true: nothing new is placed and what runs moves away."),
    trust: z
      .enum(["unknown", "known", "trusted"])
      .default("known")
      .describe("How far the community trusts what it says. It decides which deployments may run there."),
    allowedNamespaces: z
      .array(
        z
          .string()
          .min(1)
          .max(63)
          .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/),
      )
      .min(1)
      .max(64)
      .meta({
        "x-kubernetes-list-type": "set",
        ...rules({
          rule: "!self.exists(n, n == '*') || self.size() == 1",
          message: "`*` already is every namespace: leave the others out, or leave `*` out",
        }),
      })
      .default(["*"])
      .describe("Namespaces whose deployments may use it; `*` is every one."),
    engine: engine
      .default({ kind: "Ollama", parallel: 1, kvCacheType: "f16" })
      .describe("Settings of the server that no request can change; declared here, compared with what is measured."),
  })
  .meta(
    rules({
      rule: "!(has(self.node) && has(self.endpoint.tunnel))",
      message: "a machine that is a Node of this cluster is reached directly, not by tunnel",
    }),
  );

export type ModelHostSpec = z.output<typeof spec>;
export type QuietHours = z.output<typeof quietHours>;
