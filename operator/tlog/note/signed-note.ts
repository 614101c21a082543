/**
 * The form of a signed note (C2SP signed-note): a text, an empty line, and one line for each signature,
 * `— <name of the key> <base64 of key id and signature>`. The text ends where the last empty line begins.
 */
import { fromBase64, toBase64 } from "./base64.ts";
import { isKeyName } from "./key.ts";
import { NoteError } from "./note-error.ts";

export const noteBytesMax = 1_000_000;
export const noteSignaturesMax = 100;

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** With its last line feed. Says nothing as long as no signature of it was verified (`verify.ts`). */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Throws a `NoteError` with the code `malformed`. */
export function parseNote(note: Uint8Array | string): SignedNote {
  const whole = noteText(note);
  const end = whole.lastIndexOf("\n\n");
  if (end < 0) throw new NoteError("malformed", "a signed note has an empty line between its text and its signatures");
  const lines = whole.slice(end + 2).split("\n");
  if (lines.pop() !== "" || lines.length === 0) {
    throw new NoteError("malformed", "a signed note has one or more lines of signatures, each with a line feed");
  }
  if (lines.length > noteSignaturesMax) {
    throw new NoteError("malformed", `a note with ${lines.length} signatures: at most ${noteSignaturesMax} are read`);
  }
  return { text: whole.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

/** The note as it is sent and stored. Throws a `NoteError` for what no reader would take. */
export function formatNote({ text, signatures }: SignedNote): string {
  refuseText(text);
  if (!text.endsWith("\n")) throw new NoteError("malformed", "the text of a note ends with a line feed");
  const note = `${text}\n${signatures.map(formatSignatureLine).join("")}`;
  parseNote(note);
  return note;
}

/** Adds signatures, each in place of an earlier one by the same key: a note does not grow when it is signed again. */
export function withSignatures({ text, signatures }: SignedNote, more: readonly NoteSignature[]): SignedNote {
  const kept = signatures.filter((old) => !more.some((added) => sameKey(old, added)));
  return { text, signatures: [...kept, ...more] };
}

/** With its line feed. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  if (!isKeyName(name)) throw new NoteError("key", "the name of a key is not empty and has neither spaces nor +");
  const id = Buffer.alloc(4);
  id.writeUInt32BE(keyId);
  return `— ${name} ${toBase64(Buffer.concat([id, signature]))}\n`;
}

/** Without its line feed. Throws a `NoteError` with the code `malformed`. */
export function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = "", base64 = "", ...rest] = line.split(" ");
  const bytes = fromBase64(base64);
  if (dash !== "—" || !isKeyName(name) || !bytes || bytes.length <= idBytes || rest.length > 0) {
    throw new NoteError("malformed", "a line of a signature is: — <name of the key> <base64 of key id and signature>");
  }
  return { name, keyId: Buffer.from(bytes).readUInt32BE(), signature: bytes.subarray(idBytes) };
}

export function sameKey(a: Pick<NoteSignature, "name" | "keyId">, b: Pick<NoteSignature, "name" | "keyId">): boolean {
  return a.name === b.name && a.keyId === b.keyId;
}

/** The bytes of a note as text: UTF-8 to the letter, within the bound, without control characters. */
export function noteText(note: Uint8Array | string): string {
  const bytes = typeof note === "string" ? Buffer.byteLength(note) : note.length;
  if (bytes > noteBytesMax)
    throw new NoteError("malformed", `a note of ${bytes} bytes: at most ${noteBytesMax} are read`);
  const text = typeof note === "string" ? note : decoded(note);
  refuseText(text);
  return text;
}

function decoded(note: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  } catch (cause) {
    throw new NoteError("malformed", "a note is UTF-8", cause);
  }
}

function refuseText(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x09\x0b-\x1f]|\p{Cs}/u.test(text)) {
    throw new NoteError("malformed", "a note has no control characters but line feeds, and whole characters only");
  }
}

const idBytes = 4;
