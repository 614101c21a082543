/**
 * Compares what witnesses hold with each other and with the records. Two signed checkpoints of one size with different roots prove
 * to anybody that the log told two histories; checkpoints of different sizes can be compared by who has the records.
 */
import type { TreeHead } from "../../../operator/tlog/checkpoint.ts";
import { type Hash, sameHash } from "../../../operator/tlog/merkle/hash.ts";
import { NoteError } from "../../../operator/tlog/note/note-error.ts";
import type { Verifier } from "../../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../../operator/tlog/signed-checkpoint.ts";

export interface HeldCheckpoint {
  /** Who holds it: a URL, or words. */
  readonly by: string;
  /** Signed by the log. */
  readonly note: string;
}

export interface ForkSearch {
  readonly origin: string;
  /** Keys that the log ever signed with. */
  readonly log: readonly Verifier[];
  /** The records, for whoever has them. */
  readonly records?: { readonly size: number; root(size: number): Hash };
}

export type Disagreement =
  /** Both signed by the log, of one size, with two roots. */
  | { readonly kind: "fork"; readonly size: number; readonly held: readonly [HeldCheckpoint, HeldCheckpoint] }
  /** Signed by the log, and not over the first `size` records that are here. */
  | { readonly kind: "not-these-records"; readonly size: number; readonly held: HeldCheckpoint }
  /** Signed by the log, and over more records than are here. */
  | { readonly kind: "more-records"; readonly size: number; readonly held: HeldCheckpoint }
  /** Not signed by the log, or about another one. */
  | { readonly kind: "unsigned"; readonly held: HeldCheckpoint; readonly why: string };

/** Empty where everybody was told the same. */
export function findForks(checkpoints: readonly HeldCheckpoint[], search: ForkSearch): Disagreement[] {
  const found: Disagreement[] = [];
  const opened = checkpoints.flatMap((held) => {
    const head = headOf(held, search);
    if (!(head instanceof NoteError)) return [{ held, head }];
    found.push({ kind: "unsigned", held, why: head.message });
    return [];
  });
  for (const [at, { held, head }] of opened.entries()) {
    const other = opened.slice(0, at).find((one) => one.head.size === head.size && !sameHash(one.head.root, head.root));
    if (other) found.push({ kind: "fork", size: head.size, held: [other.held, held] });
    const { records } = search;
    if (records && head.size > records.size) found.push({ kind: "more-records", size: head.size, held });
    else if (records && !sameHash(records.root(head.size), head.root)) {
      found.push({ kind: "not-these-records", size: head.size, held });
    }
  }
  return found;
}

function headOf({ note }: HeldCheckpoint, { origin, log }: ForkSearch): TreeHead | NoteError {
  try {
    return openCheckpoint(note, { origin, log, witnesses: [] }).checkpoint;
  } catch (error) {
    if (error instanceof NoteError) return error;
    throw error;
  }
}
