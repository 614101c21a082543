/** LedgerRoot: one day's root of the work ledger. The zod source of its CRD and its TypeScript types. */
import { z } from "zod";
import { type Kind, type KindObject, resourceOf, rules } from "./kind.ts";

const spec = z
  .object({
    day: z
      .string()
      .max(10)
      .regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/)
      .describe("The day (UTC), YYYY-MM-DD; also the name of the object."),
    size: z.int().min(0).meta({ format: "int64" }).describe("Records in the ledger at the end of the day."),
    root: z
      .string()
      .max(44)
      .regex(/^[A-Za-z0-9+/]{43}=$/)
      .describe("Root of the tree (RFC 6962) over all of them, 32 bytes in base64, as checkpoints write it."),
    checkpoint: z
      .string()
      .max(8192)
      .optional()
      .describe("The same as a checkpoint that the ledger signed (C2SP tlog-checkpoint)."),
  })
  .meta(
    rules(
      {
        rule: "self == oldSelf",
        message: "a root is never changed: a ledger that says two things of one day has been tampered with",
      },
      {
        rule: "!has(self.checkpoint) || self.checkpoint.contains('\\n' + self.root + '\\n')",
        message: "spec.checkpoint is of another root than spec.root",
      },
    ),
  )
  .describe("What the ledger was at the end of a day. It never changes.");

export const ledgerRootKind = {
  kind: "LedgerRoot",
  plural: "ledgerroots",
  singular: "ledgerroot",
  shortNames: [],
  scope: "Cluster",
  description: "One day's root of the work ledger, for the decision log: what machines served, beyond dispute.",
  spec,
  columns: [
    { name: "Size", type: "integer", jsonPath: ".spec.size", description: "Records in the ledger." },
    { name: "Root", type: "string", jsonPath: ".spec.root", description: "Root of the tree over them." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
  ],
  rules: [
    {
      rule: "self.metadata.name == self.spec.day",
      message: "metadata.name is the day, so that no day can have two roots",
    },
  ],
} as const satisfies Kind;

export type LedgerRootSpec = z.output<typeof spec>;
export type LedgerRoot = KindObject<"LedgerRoot", LedgerRootSpec, never>;
export const ledgerRoots = resourceOf(ledgerRootKind);
