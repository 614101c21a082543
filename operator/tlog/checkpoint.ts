/**
 * What a log says of itself at one moment (C2SP tlog-checkpoint): whose log it is, how many records it has, and the root of
 * the tree over them. Signed as a note, it is all that a member must keep to find out later whether anything was changed.
 */
import { emptyRoot, type Hash, isHash, sameHash } from "./merkle/hash.ts";
import { isSize } from "./merkle/size.ts";
import { fromBase64, toBase64 } from "./note/base64.ts";
import { NoteError } from "./note/note-error.ts";

export interface TreeHead {
  readonly size: number;
  readonly root: Hash;
}

export interface Checkpoint extends TreeHead {
  /** The name of the log, for ever. */
  readonly origin: string;
  /** Lines that a log may add; none of ours does. */
  readonly extensions: readonly string[];
}

/** The text that is signed. Throws a `NoteError` for anything that `parseCheckpoint` would refuse. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), toBase64(root), ...extensions];
  if (lines.some((line) => line.includes("\n"))) throw malformed("has a line feed within a line");
  const text = `${lines.join("\n")}\n`;
  parseCheckpoint(text);
  return text;
}

/** Of the text of a note. Throws a `NoteError` with the code `malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, ...rest] = text.split("\n");
  if (rest.pop() !== "" || rootText === undefined || sizeText === undefined) {
    throw malformed("has three lines or more, each with a line feed: origin, size, root");
  }
  if (!origin || rest.includes("")) throw malformed("has no empty line");
  const size = parseSize(sizeText);
  const root = fromBase64(rootText);
  if (size === undefined) throw malformed("gives its size as a whole number up to 2^53 - 1, without zeros before it");
  if (!isHash(root)) throw malformed("gives its root as the base64 of 32 bytes");
  if (size === 0 && !sameHash(root, emptyRoot)) throw malformed("of no records has the root of no records");
  return { origin, size, root, extensions: rest };
}

/** A size as checkpoints and witnesses write it; `Number` alone would take "", " 7", "0x10" and "1e3" as well. */
export function parseSize(text: string): number | undefined {
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : undefined;
  return isSize(size) ? size : undefined;
}

export function sameHead(a: TreeHead, b: TreeHead): boolean {
  return a.size === b.size && sameHash(a.root, b.root);
}

function malformed(what: string): NoteError {
  return new NoteError("malformed", `a checkpoint ${what}`);
}
