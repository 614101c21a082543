/**
 * Records as they must look. A log is read by people who trust nobody, so a record is taken only if every member of it is one
 * that is known, and says what it may say: what a reader does not know could mean anything to another one.
 */
import { z } from "zod";
import { printable } from "../../operator/text/printable.ts";
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import { digestPattern } from "../../operator/tlog/digest.ts";
import type { DecisionRecord } from "./record.ts";

/** Of one record, in canonical form; a rollout of thousands of objects has a receipt for each that it changed. */
export const recordBytesMax = 4 * 1024 * 1024;

/** A record without the chain's `previous`. Throws a `TypeError` that names the member that is wrong. */
export function parseRecord(fields: JsonObject): DecisionRecord {
  const parsed = decisionRecord.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") || "it";
  throw new TypeError(`${printable(place, 100)}: ${printable(issue?.message ?? "is no record", 300)}`);
}

const oid = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "is no object id of git");
const digest = z.string().regex(digestPattern, "is no sha256 digest");
/** Milliseconds since 1970. */
const time = z.int().min(0);
const count = z.int().min(0);
/** Names, numbers of accounts and codes: never sentences. */
const word = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "has control characters");
const words = z.array(word);
const sshKey = z
  .string()
  .max(8_192)
  .regex(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/, "is no SSH key: type and base64");

const genesis = z.strictObject({
  kind: z.literal("genesis"),
  at: time,
  format: z.literal(1),
  repository: word,
  commit: oid,
  tree: oid,
  constitution: digest,
  members: digest,
  origin: word,
  logKey: word,
  signer: sshKey.exactOptional(),
});

const opened = z.strictObject({
  kind: z.literal("opened"),
  at: time,
  proposal: word,
  head: oid,
  openedAt: time,
  ratified: oid,
});

const verdict = z.strictObject({
  kind: z.enum(["ratified", "rejected", "vetoed", "expired", "closed", "emergency"]),
  at: time,
  proposal: word,
  head: oid,
  merge: z.strictObject({ commit: oid, parents: z.array(oid), base: oid, tree: oid }).exactOptional(),
  from: oid,
  constitution: digest,
  electorate: digest,
  decidedBy: word,
  classes: words,
  isEmergency: z.boolean(),
  plan: word,
  tally: z.record(word, z.number()),
  quorum: z.strictObject({ needed: z.number(), votes: z.number(), of: word }),
  votes: z.array(z.strictObject({ member: z.int(), choice: word, ballot: word.exactOptional() })),
  times: z.strictObject({
    openedAt: time,
    judgedAt: time,
    closesAt: time,
    mergeBy: time,
    passesAt: time.exactOptional(),
    appliesAt: time.exactOptional(),
    expiresAt: time.exactOptional(),
  }),
  reasons: words,
  evaluator: z.int().min(1),
  evidence: digest,
});

const unratified = z.strictObject({
  kind: z.literal("unratified"),
  at: time,
  commit: oid,
  parents: z.array(oid),
  tree: oid,
  from: oid,
  code: word,
  proposal: word.exactOptional(),
  evidence: digest.exactOptional(),
  reasons: words.exactOptional(),
});

const restored = z.strictObject({ kind: z.literal("restored"), at: time, commit: oid, tree: oid, from: oid });

const emergencyEnded = z.strictObject({
  kind: z.literal("emergencyEnded"),
  at: time,
  proposal: word,
  cause: z.enum(["expired", "ratified", "superseded"]),
});

const receipt = z.strictObject({
  group: z.string().max(512),
  version: word,
  kind: word,
  namespace: word.exactOptional(),
  name: word,
  uid: word.exactOptional(),
  resourceVersion: word.exactOptional(),
  result: z.enum(["created", "configured", "unchanged", "pruned", "failed"]),
  reason: word.exactOptional(),
});

const applied = z.strictObject({
  kind: z.literal("applied"),
  at: time,
  commit: oid,
  tree: oid,
  emergencies: words,
  receipts: z.array(receipt),
  unchanged: count,
});

const applyFailed = z.strictObject({
  kind: z.literal("applyFailed"),
  at: time,
  commit: oid,
  tree: oid,
  code: word,
  receipts: z.array(receipt),
});

const halted = z.strictObject({ kind: z.literal("halted"), at: time, code: word, commit: oid.exactOptional() });

const resumed = z.strictObject({ kind: z.literal("resumed"), at: time, commit: oid });

const keyRotated = z.strictObject({
  kind: z.literal("keyRotated"),
  at: time,
  previousKey: word,
  nextKey: word,
  nextSigner: sshKey.exactOptional(),
  isLost: z.literal(true).exactOptional(),
});

const ledgerRoot = z.strictObject({
  kind: z.literal("ledgerRoot"),
  at: time,
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "is no day"),
  size: count,
  root: word,
});

const decisionRecord: z.ZodType<DecisionRecord> = z.discriminatedUnion("kind", [
  genesis,
  opened,
  verdict,
  unratified,
  restored,
  emergencyEnded,
  applied,
  applyFailed,
  halted,
  resumed,
  keyRotated,
  ledgerRoot,
]);
