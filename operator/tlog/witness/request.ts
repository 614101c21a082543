/**
 * The body of `add-checkpoint` (C2SP tlog-witness): `old <size>`, the hashes of a consistency proof in base 64, one a line, an
 * empty line, and the signed checkpoint.
 */
import { parseSize } from "../checkpoint.ts";
import { type Hash, isHash } from "../merkle/hash.ts";
import { fromBase64, toBase64 } from "../note/base64.ts";
import { NoteError } from "../note/note-error.ts";
import { noteText } from "../note/signed-note.ts";

/** Enough for any log that can be counted: one hash a level. */
export const proofHashesMax = 63;

export interface AddCheckpoint {
  /** The size that the witness is believed to know. */
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  /** The signed checkpoint. */
  readonly note: string;
}

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${toBase64(hash)}\n`).join("")}\n${note}`;
}

/** Throws a `NoteError` with the code `malformed`. The note in it is not looked at. */
export function parseAddCheckpoint(body: Uint8Array | string): AddCheckpoint {
  const text = noteText(body);
  const end = text.indexOf("\n\n");
  if (end < 0) throw new NoteError("malformed", "the request has an empty line between the proof and the checkpoint");
  const [first = "", ...lines] = text.slice(0, end).split("\n");
  const oldSize = parseSize(first.replace(/^old /, ""));
  if (oldSize === undefined || !first.startsWith("old ")) {
    throw new NoteError("malformed", "the request begins with: old <size that the witness knows>");
  }
  if (lines.length > proofHashesMax) {
    throw new NoteError("malformed", `a proof of ${lines.length} hashes: at most ${proofHashesMax} are read`);
  }
  return { oldSize, proof: lines.map(parseHash), note: text.slice(end + 2) };
}

function parseHash(line: string): Hash {
  const hash = fromBase64(line);
  if (isHash(hash)) return hash;
  throw new NoteError("malformed", "each line of the proof is the base64 of 32 bytes");
}
