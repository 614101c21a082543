/** Openings and closings, from the tags that whoever can push has pushed. */
import type { GitTag, Oid } from "../../git/repository.ts";
import { signatureOf } from "../../signatures/signature-of.ts";
import { parseClosing } from "./closing.ts";
import { openingOf, repositoryId } from "./names.ts";
import { type Opening, parseOpening } from "./opening.ts";

export interface SignedOpening {
  readonly oid: Oid;
  /** Who proposes. */
  readonly key: string;
  readonly opening: Opening;
}

export interface SignedClosing {
  readonly oid: Oid;
  readonly key: string;
  readonly opening: Oid;
}

/** Undefined where nobody signed it, where it is broken, or where it is for another repository. */
export function openingFrom(tag: GitTag, genesis: Oid): SignedOpening | undefined {
  const signature = signatureOf(tag);
  const opening = parseOpening(tag.message);
  const isWhole = opening && opening.head === tag.object && opening.repository === repositoryId(genesis);
  return isWhole && signature?.isValid ? { oid: tag.oid, key: signature.key, opening } : undefined;
}

export function closingFrom(tag: GitTag, genesis: Oid): SignedClosing | undefined {
  const signature = signatureOf(tag);
  const said = parseClosing(tag.message);
  const opening = said && openingOf(genesis, said.proposal);
  return opening && signature?.isValid ? { oid: tag.oid, key: signature.key, opening } : undefined;
}
