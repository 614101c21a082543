/** What the operator says of a ModelHost, what the host claims about itself included. */
import { z } from "zod";
import { conditions } from "../fields/condition.ts";
import { bytes, count, dateTime, digest } from "../fields/primitives.ts";

const modelOnDisk = z.object({
  name: z.string().max(400).describe("Name on the host."),
  digest: digest().describe("Digest as the host claims it."),
  bytes: bytes().describe("Size on disk as the host claims it."),
  ours: z.boolean().describe("Made by this operator. Others are never touched."),
});

const modelInMemory = z.object({
  name: z.string().max(400).describe("Name on the host."),
  bytes: bytes().describe("Memory in all."),
  acceleratorBytes: bytes().describe("Memory on the accelerator; less than all means that part of it runs on the CPU."),
  ours: z.boolean().describe("Loaded by this operator."),
});

const removal = z.object({
  model: z.string().max(400).describe("Name on the host."),
  deployment: z.string().max(320).describe("namespace/name that it was for."),
  uid: z.string().max(64).optional().describe("Of that deployment: a later one of the same name is another one."),
  since: dateTime().describe("When the removal was wanted."),
  message: z.string().max(1024).optional().describe("Why it is not done yet, where the host refused it."),
});

const made = z.object({
  model: z.string().max(400).describe("Name on the host."),
  deployment: z.string().max(320).describe("namespace/name that it is for."),
  uid: z.string().max(64).describe("Of that deployment."),
});

export const status = z.object({
  observedGeneration: z
    .int()
    .min(0)
    .meta({ format: "int64" })
    .optional()
    .describe("The generation that this status was computed from."),
  version: z.string().max(64).optional().describe("Version of the engine, as it claims."),
  state: z.string().max(64).optional().describe("One word for kubectl get."),
  memory: z
    .object({
      capacityBytes: bytes().describe("Declared or discovered."),
      allowedBytes: bytes().describe("The owner's share of it."),
      usedBytes: bytes().describe("Loaded now, strangers' models included."),
    })
    .optional()
    .describe("Memory for models."),
  disk: z
    .object({
      capacityBytes: bytes().optional().describe("Declared."),
      usedBytes: bytes().describe("Models on it, strangers' models included, as the host claims."),
    })
    .optional()
    .describe("Disk for models."),
  summary: z.string().max(128).optional().describe("Used and allowed memory, for kubectl get."),
  models: z.array(modelOnDisk).max(512).optional().describe("What lies on its disk."),
  loaded: z.array(modelInMemory).max(128).optional().describe("What is in its memory."),
  modelCount: count().optional().describe("Models of ours on its disk."),
  made: z
    .array(made)
    .max(1024)
    .optional()
    .describe(
      "Names that this installation makes there, written down when a replica gets the host. What is not in this list is never removed.",
    ),
  removals: z.array(removal).max(512).optional().describe("What is to be removed as soon as the host answers."),
  lastSeen: dateTime().optional().describe("When it last answered; written when it changes state, not on every probe."),
  conditions: conditions(),
});

export type ModelHostStatus = z.output<typeof status>;
export type ModelOnDisk = z.output<typeof modelOnDisk>;
export type ModelInMemory = z.output<typeof modelInMemory>;
export type Removal = z.output<typeof removal>;
export type MadeModel = z.output<typeof made>;
