/**
 * One folder, as git stores it: `<mode> <name>\0<hash>`, again and again, sorted. Names are bytes; whoever needs text asks
 * `pathText`.
 */
import { printable } from "../../../operator/text/printable.ts";
import { GitError, type Oid } from "../repository.ts";
import type { ObjectFormat } from "./format.ts";

export interface FolderEntry {
  /** `40000` for a folder, otherwise as in `TreeEntry`. */
  readonly mode: string;
  /** Latin-1: one character per byte, so that every name is kept exactly. */
  readonly name: string;
  readonly oid: Oid;
}

export const folderMode = "40000";

/** Throws a `GitError` (`damaged`) where it is no tree, is out of order or has a name twice. */
export function parseTree(oid: Oid, bytes: Buffer, { hexDigits }: ObjectFormat): FolderEntry[] {
  const entries: FolderEntry[] = [];
  const names = new Set<string>();
  let previous = "";
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, at);
    const next = end + 1 + hexDigits / 2;
    if (space < at || end < space || next > bytes.length) throw damaged(oid, "an entry is cut off");
    const mode = bytes.toString("latin1", at, space).replace(/^0+/, "");
    const name = bytes.toString("latin1", space + 1, end);
    if (!modes.test(mode)) throw damaged(oid, `an entry has the mode ${printable(mode, 10)}`);
    if (name === "" || name.includes("/")) throw damaged(oid, "an entry has no name, or one with a slash");
    const key = sortKey(mode, name);
    if (previous >= key || names.has(name)) throw damaged(oid, "its entries are out of order, or one is there twice");
    names.add(name);
    previous = key;
    entries.push({ mode, name, oid: bytes.toString("hex", end + 1, next) });
    at = next;
  }
  return entries;
}

/** Sorts as git does. */
export function formatTree(entries: readonly FolderEntry[]): Buffer {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(entry.mode, entry.name) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const parts = keyed.flatMap(({ entry: { mode, name, oid } }) => [
    Buffer.from(`${mode} ${name}\0`, "latin1"),
    Buffer.from(oid, "hex"),
  ]);
  return Buffer.concat(parts);
}

/** The text of a Latin-1 path. Throws a `GitError` (`path`) where its bytes are not UTF-8. */
export function pathText(path: string): string {
  if (!/[\x80-\xff]/.test(path)) return path;
  try {
    return utf8.decode(Buffer.from(path, "latin1"));
  } catch (error) {
    const shown = path.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
    throw new GitError("path", `the path "${printable(shown, 400)}" is not UTF-8: give the file another name`, error);
  }
}

/** A folder sorts as if its name ended with a slash. */
function sortKey(mode: string, name: string): string {
  return mode === folderMode ? `${name}/` : name;
}

function damaged(oid: Oid, why: string): GitError {
  return new GitError("damaged", `tree ${oid} is damaged: ${why}`);
}

const modes = /^(?:40000|100[0-7]{3}|120000|160000)$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
