/** Signs a text as it is (kind 1 of C2SP signed-note): what a log does with its checkpoints. */
import { sign } from "node:crypto";
import type { PrivateNoteKey } from "./key.ts";
import { NoteError } from "./note-error.ts";
import { formatNote, type NoteSignature } from "./signed-note.ts";

/** The note, signed by each key. Throws a `NoteError` for a text that no note can have, or the key of a witness. */
export function signNote(text: string, keys: readonly PrivateNoteKey[]): string {
  return formatNote({ text, signatures: keys.map((key) => noteSignature(text, key)) });
}

export function noteSignature(text: string, key: PrivateNoteKey): NoteSignature {
  if (key.kind !== 1) throw new NoteError("key", `${key.name} is the key of a witness: take cosign`);
  return { name: key.name, keyId: key.keyId, signature: sign(null, Buffer.from(text), key.privateKey) };
}
