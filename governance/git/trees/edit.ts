/**
 * A tree with some files removed and some put in, in this order: so a folder can become a file, and a file a folder. Only
 * the folders on the way to them are read and made anew.
 */
import { printable } from "../../../operator/text/printable.ts";
import { type ObjectFormat, oidOf } from "../objects/format.ts";
import type { NewObject } from "../objects/pack.ts";
import { type FolderEntry, folderMode, formatTree } from "../objects/tree.ts";
import { type Call, GitError, type Oid } from "../repository.ts";
import type { Folders } from "./folders.ts";

export type Files = Readonly<Record<string, Uint8Array | undefined>>;

export interface EditedTree {
  readonly tree: Oid;
  /** What has to be written for `tree` to be there. */
  readonly objects: readonly NewObject[];
}

/** Throws a `GitError` (`failed`) for a path that is none, and for a file that another one would have to be below. */
export async function editTree(
  base: Oid | undefined,
  files: Files,
  { folders, format }: { readonly folders: Folders; readonly format: ObjectFormat },
  call: Call,
): Promise<EditedTree> {
  checkPaths(files);
  const open = async (tree: Oid): Promise<Folder> =>
    new Map((await folders.entries(tree, call)).map((entry) => [entry.name, entry]));
  const root = base === undefined ? new Map() : await open(await folders.root(base, call));
  for (const [path, bytes] of Object.entries(files)) if (!bytes) await remove(root, namesOf(path), open);
  for (const [path, bytes] of Object.entries(files)) if (bytes) await put(root, namesOf(path), bytes, open);
  const objects: NewObject[] = [];
  const add = (object: NewObject): Oid => {
    objects.push(object);
    return oidOf(object.type, object.bytes, format);
  };
  return { tree: close(root, add) ?? add({ type: "tree", bytes: new Uint8Array() }), objects };
}

/** By name, in Latin-1: an entry as it was, a folder that was opened, a new file. */
type Folder = Map<string, FolderEntry | Folder | Uint8Array>;
type Open = (tree: Oid) => Promise<Folder>;

/** The file or the whole folder at the path; nothing where there is none. */
async function remove(root: Folder, names: readonly string[], open: Open): Promise<void> {
  let folder: Folder = root;
  for (const name of names.slice(0, -1)) {
    const below = await opened(folder, name, open);
    if (!below) return;
    folder = below;
  }
  folder.delete(names.at(-1) ?? "");
}

async function put(root: Folder, names: readonly string[], bytes: Uint8Array, open: Open): Promise<void> {
  let folder: Folder = root;
  for (const name of names.slice(0, -1)) {
    const below = (await opened(folder, name, open)) ?? new Map();
    folder.set(name, below);
    folder = below;
  }
  folder.set(names.at(-1) ?? "", bytes);
}

async function opened(folder: Folder, name: string, open: Open): Promise<Folder | undefined> {
  const there = folder.get(name);
  if (there instanceof Map) return there;
  if (!there || there instanceof Uint8Array || there.mode !== folderMode) return undefined;
  const below = await open(there.oid);
  folder.set(name, below);
  return below;
}

/** The tree's id; undefined where nothing is left in it. */
function close(folder: Folder, add: (object: NewObject) => Oid): Oid | undefined {
  const entries = [...folder].flatMap(([name, there]): FolderEntry[] => {
    if (there instanceof Uint8Array) return [{ name, mode: "100644", oid: add({ type: "blob", bytes: there }) }];
    if (!(there instanceof Map)) return [there];
    const oid = close(there, add);
    return oid === undefined ? [] : [{ name, mode: folderMode, oid }];
  });
  return entries.length === 0 ? undefined : add({ type: "tree", bytes: formatTree(entries) });
}

function namesOf(path: string): string[] {
  return Buffer.from(path, "utf8").toString("latin1").split("/");
}

function checkPaths(files: Files): void {
  const put = new Set(Object.keys(files).filter((path) => files[path]));
  for (const path of Object.keys(files)) {
    if (/\0|\p{Cs}/u.test(path) || path.split("/").some(isNoName)) {
      throw new GitError("failed", `"${printable(path, 200)}" is no path of a file in a tree`);
    }
  }
  for (const path of put) {
    for (let end = path.indexOf("/"); end > 0; end = path.indexOf("/", end + 1)) {
      if (!put.has(path.slice(0, end))) continue;
      throw new GitError("failed", `"${printable(path.slice(0, end), 200)}" cannot be a file and a folder at once`);
    }
  }
}

/** What git would not check out. */
function isNoName(name: string): boolean {
  return name === "" || name === "." || name === ".." || name.toLowerCase() === ".git";
}
