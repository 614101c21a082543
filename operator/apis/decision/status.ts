/** How a Decision stands, as governance sees it. Numbers, times and digests are those of the decision log. */
import { z } from "zod";
import { conditions } from "../fields/condition.ts";
import { count, dateTime, digest, gitOid } from "../fields/primitives.ts";

const receipt = z.object({
  group: z.string().max(253).describe("API group."),
  version: z.string().max(63).describe("API version."),
  kind: z.string().max(63).describe("Kind."),
  namespace: z.string().max(63).optional().describe("Namespace, where it has one."),
  name: z.string().max(253).describe("Name."),
  uid: z.string().max(64).optional().describe("Which object of that name."),
  resourceVersion: z.string().max(64).optional().describe("Its version after the write."),
  result: z.enum(["created", "configured", "unchanged", "pruned", "failed"]).describe("What was done."),
  reason: z.string().max(128).optional().describe("One word what went wrong."),
});

const record = z.object({
  index: count().describe("Place in the decision log; `commonhold log prove` takes it."),
  kind: z.string().max(64).describe("What the record says."),
  at: dateTime().describe("Its time."),
});

/** Not `yes` and `no`: kubectl reads those names, unless quoted, as true and false. */
const tally = z.object({
  summary: z.string().max(64).describe("Yes, no and abstentions, for kubectl get."),
  electors: count().describe("Who may vote."),
  inFavour: count().describe("Votes that say yes."),
  against: count().describe("Votes that say no."),
  abstain: count().describe("Votes that only count for the quorum."),
});

export const decisionStates = [
  // Of an open proposal
  "open",
  "needsConsent",
  "passed",
  // Of one that is over
  "rejected",
  "vetoed",
  "expired",
  "closed",
  // Of one that was merged as decided
  "ratified",
  "applying",
  "applied",
  "applyFailed",
  // Of an emergency
  "emergency",
  "ended",
  // Of a commit that nobody decided
  "unratified",
  "restored",
] as const;

export const status = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .meta({ format: "int64" })
      .optional()
      .describe("The generation that this status was computed from."),
    state: z
      .enum(decisionStates)
      .optional()
      .describe(
        "open, needsConsent (of a machine's owner), passed (may be merged); rejected, vetoed, expired, closed; ratified (merged as decided, waits for its time), applying, applied, applyFailed; emergency (in force until it expires), ended; unratified (a commit that nobody decided: what was ratified before stays in force), restored (the branch has the ratified files again).",
      ),
    class: z.string().max(63).optional().describe("Class of the constitution that decides."),
    classes: z
      .array(z.string().max(63))
      .max(64)
      .optional()
      .describe("Every class that a changed path belongs to, from the most lenient to the strictest."),
    head: gitOid().optional().describe("Commit that is voted on."),
    plan: digest().optional().describe("Digest of the change that ballots are for."),
    merge: gitOid().optional().describe("Commit of the policy branch that merged it."),
    tally: tally.optional().describe("The votes that count."),
    quorum: z.string().max(128).optional().describe("Votes that were cast and that are needed, in words."),
    votingEndsAt: dateTime().optional().describe("When voting ends, an extension for a late quorum considered."),
    mergeBefore: dateTime().optional().describe("Until when it may be merged once it has passed."),
    appliesAt: dateTime().optional().describe("When its timelock ends."),
    appliedAt: dateTime().optional().describe("Since when it is in force."),
    expiresAt: dateTime().optional().describe("When an emergency ends if it is not ratified."),
    reasons: z
      .array(z.string().max(1024))
      .max(64)
      .optional()
      .describe("Why it stands as it does, as sentences; the first ones, where there are more."),
    records: z.array(record).max(64).optional().describe("What the decision log says of it, the latest ones."),
    receipts: z
      .array(receipt)
      .max(256)
      .optional()
      .describe("What applying it changed, the first ones; the record in the log has all."),
    receiptCount: count().optional().describe("How many objects applying it changed."),
    unchanged: count().optional().describe("How many objects were as they should be already."),
    conditions: conditions(),
  })
  .describe("How it stands, as governance sees it.");

export type DecisionStatus = z.output<typeof status>;
export type DecisionState = (typeof decisionStates)[number];
export type DecisionReceipt = z.output<typeof receipt>;
