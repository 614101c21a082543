/**
 * Which known keys signed a note. Signatures of unknown keys are carried along and say nothing, so that keys can be rotated
 * and witnesses added. A known key with a wrong signature spoils the note: somebody tampered with it.
 */
import { verify as verifyBytes } from "node:crypto";
import { keyObjectOf, type PublicNoteKey } from "./key.ts";
import { NoteError } from "./note-error.ts";
import { type NoteSignature, parseNote, type SignedNote, sameKey } from "./signed-note.ts";

export interface Verifier {
  readonly name: string;
  readonly keyId: number;
  /** Whether this key made this signature (without key id) over this text. */
  verifies(text: string, signature: Uint8Array): boolean;
}

export interface VerifiedNote extends SignedNote {
  /** The first of each known key, at least one, in the order of the note. */
  readonly verified: readonly NoteSignature[];
}

/** Throws a `NoteError`: `malformed`, `ambiguous`, `bad-signature`, or `unverified` where no known key signed. */
export function verifyNote(note: Uint8Array | string, known: readonly Verifier[]): VerifiedNote {
  const { text, signatures } = parseNote(note);
  const verified: NoteSignature[] = [];
  for (const signature of signatures) {
    const verifier = verifierOf(signature, known);
    if (!verifier) continue;
    if (!verifier.verifies(text, signature.signature)) {
      throw new NoteError("bad-signature", `the signature of ${signature.name} is not over this text`);
    }
    if (!verified.some((earlier) => sameKey(earlier, signature))) verified.push(signature);
  }
  if (verified.length === 0) throw new NoteError("unverified", "no key that is known here signed this note");
  return { text, signatures, verified };
}

/** For notes that are signed as they are (kind 1). Cosignatures of witnesses have a verifier of their own. */
export function noteVerifier(key: PublicNoteKey): Verifier {
  if (key.kind !== 1) throw new NoteError("key", `${key.name} is the key of a witness: take cosignatureVerifier`);
  const publicKey = keyObjectOf(key);
  const verifies = (text: string, signature: Uint8Array) => verifyBytes(null, Buffer.from(text), publicKey, signature);
  return { name: key.name, keyId: key.keyId, verifies };
}

function verifierOf(signature: NoteSignature, known: readonly Verifier[]): Verifier | undefined {
  const found = known.filter((verifier) => sameKey(verifier, signature));
  if (found.length > 1)
    throw new NoteError("ambiguous", `${found.length} known keys have the name and id of ${signature.name}`);
  return found[0];
}
