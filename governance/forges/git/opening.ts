/** The tag that opens a proposal: who signed it is the proposer, and its object id is the proposal's name for ever. */
import { z } from "zod";
import type { Oid } from "../../git/repository.ts";
import { oid, readMessage, title, words, writeMessage } from "./message.ts";
import { repositoryIdPattern } from "./names.ts";

export const openingTagName = "commonhold-opening";

export interface Opening {
  /** `git:<genesis>`: an opening means nothing in another repository. */
  readonly repository: string;
  /** Head of the policy branch that the proposer saw. */
  readonly base: Oid;
  /** What is proposed at first; the same commit that the tag points to. */
  readonly head: Oid;
  readonly emergency: boolean;
  /** Untrusted, one line. */
  readonly title: string;
  /** Untrusted. */
  readonly description?: string;
}

export const descriptionCharsMax = 16_384;

const schema = z.strictObject({
  base: oid,
  description: words(descriptionCharsMax).exactOptional(),
  emergency: z.boolean(),
  format: z.literal(1),
  head: oid,
  kind: z.literal("opening"),
  repository: z.string().regex(repositoryIdPattern),
  title,
});

/** Throws a TypeError that names the field that cannot be written. */
export function formatOpening(opening: Opening): string {
  return writeMessage(schema, { ...opening, format: 1, kind: "opening" });
}

export function parseOpening(message: string): Opening | undefined {
  const said = readMessage(schema, message);
  if (!said) return undefined;
  const { format: _, kind: __, ...opening } = said;
  return opening;
}
