/** The tag that is a ballot. It binds a choice to one proposal, one head and one change, whoever delivers it and when. */
import { z } from "zod";
import { digestPattern } from "../../../operator/tlog/digest.ts";
import type { Choice } from "../../constitution/snapshot.ts";
import type { Oid } from "../../git/repository.ts";
import { oid, proposalId, readMessage, words, writeMessage } from "./message.ts";

export const ballotTagName = "commonhold-ballot";

export interface SignedBallot {
  readonly proposal: string;
  readonly choice: Choice;
  /** The same commit that the tag points to. */
  readonly head: Oid;
  /** `sha256:…` of the change that is voted on. */
  readonly plan: string;
  /** Cast as a signature of an emergency. */
  readonly emergency: boolean;
  /** Ids of the voter's own ballots that are older. */
  readonly replaces: readonly string[];
  /** Untrusted. */
  readonly reason?: string;
}

export const reasonCharsMax = 4_096;
export const replacesMax = 256;

const schema = z.strictObject({
  choice: z.enum(["yes", "no", "abstain"]),
  emergency: z.boolean(),
  format: z.literal(1),
  head: oid,
  kind: z.literal("ballot"),
  plan: z.string().regex(digestPattern),
  proposal: proposalId,
  reason: words(reasonCharsMax).exactOptional(),
  replaces: z
    .array(z.string().regex(/^[!-~]{1,128}$/))
    .max(replacesMax)
    .refine((ids) => new Set(ids).size === ids.length),
});

/** Throws a TypeError that names the field that cannot be written. */
export function formatBallot(ballot: SignedBallot): string {
  return writeMessage(schema, { ...ballot, format: 1, kind: "ballot" });
}

export function parseBallot(message: string): SignedBallot | undefined {
  const said = readMessage(schema, message);
  if (!said) return undefined;
  const { format: _, kind: __, ...ballot } = said;
  return ballot;
}
