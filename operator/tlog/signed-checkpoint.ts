/**
 * A checkpoint as a member gets it: signed by the log, cosigned by witnesses. Both are needed: the log's own signature makes
 * it answerable for a lie, the witnesses' make sure that everybody is told the same.
 */
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from "./checkpoint.ts";
import { cosignatureTime } from "./cosignature.ts";
import type { PrivateNoteKey } from "./note/key.ts";
import { NoteError } from "./note/note-error.ts";
import { signNote } from "./note/sign.ts";
import { sameKey } from "./note/signed-note.ts";
import { type Verifier, verifyNote } from "./note/verify.ts";

export interface CheckpointTrust {
  readonly origin: string;
  /** Of `noteVerifier`; several while a key is rotated. One of them must have signed. */
  readonly log: readonly Verifier[];
  /** Of `cosignatureVerifier`. How many must have signed is for the caller to say. */
  readonly witnesses: readonly Verifier[];
}

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The text that was signed, to be stored or cosigned. */
  readonly text: string;
  /** Each witness once, with the seconds since 1970 that it signed. */
  readonly cosigned: readonly { readonly name: string; readonly keyId: number; readonly time: number }[];
}

export function signCheckpoint(checkpoint: Checkpoint, keys: readonly PrivateNoteKey[]): string {
  return signNote(formatCheckpoint(checkpoint), keys);
}

/** Throws a `NoteError`: as `verifyNote`, `unverified` where only witnesses signed, `origin` for another log. */
export function openCheckpoint(note: Uint8Array | string, trust: CheckpointTrust): OpenedCheckpoint {
  const { text, verified } = verifyNote(note, [...trust.log, ...trust.witnesses]);
  if (!verified.some((signature) => trust.log.some((key) => sameKey(key, signature)))) {
    throw new NoteError("unverified", "witnesses signed this checkpoint, the log did not");
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint.origin !== trust.origin) {
    throw new NoteError("origin", `this is a checkpoint of ${checkpoint.origin}, not of ${trust.origin}`);
  }
  const cosigned = verified
    .filter((signature) => trust.witnesses.some((key) => sameKey(key, signature)))
    .map(({ name, keyId, signature }) => ({ name, keyId, time: cosignatureTime(signature) as number }));
  return { checkpoint, text, cosigned };
}
