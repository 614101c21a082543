/** A tree with some files replaced or removed: only the folders on the way to them are made anew. */

import { printable } from "../../../operator/text/printable.ts";
import type { ObjectFormat } from "../objects/format.ts";
import { oidOf } from "../objects/format.ts";
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

export async function editTree(
  base: Oid | undefined,
  files: Files,
  { folders, format }: { readonly folders: Folders; readonly format: ObjectFormat },
  call: Call,
): Promise<EditedTree> {
  const objects: NewObject[] = [];
  const add = (object: NewObject): Oid => {
    objects.push(object);
    return oidOf(object.type, object.bytes, format);
  };
  const rewrite = async (tree: Oid | undefined, edit: Folder): Promise<Oid | undefined> => {
    const entries = new Map(
      (tree === undefined ? [] : await folders.entries(tree, call)).map((entry) => [entry.name, entry]),
    );
    for (const [name, wanted] of edit) {
      const made = await entry(entries.get(name), name, wanted);
      if (made) entries.set(name, made);
      else entries.delete(name);
    }
    return entries.size === 0 ? undefined : add({ type: "tree", bytes: formatTree([...entries.values()]) });
  };
  const entry = async (
    there: FolderEntry | undefined,
    name: string,
    wanted: Wanted,
  ): Promise<FolderEntry | undefined> => {
    if (wanted === "removed") return undefined;
    if (wanted instanceof Uint8Array) return { name, mode: "100644", oid: add({ type: "blob", bytes: wanted }) };
    const isFolder = there?.mode === folderMode;
    const oid = await rewrite(isFolder ? there.oid : undefined, wanted);
    // Nothing was put below it: a file that stands where the folder would be stays.
    if (oid === undefined) return isFolder ? undefined : there;
    return { name, mode: folderMode, oid };
  };
  const root = base === undefined ? undefined : await folders.root(base, call);
  const tree = (await rewrite(root, editOf(files))) ?? add({ type: "tree", bytes: new Uint8Array() });
  return { tree, objects };
}

type Wanted = Uint8Array | "removed" | Folder;
/** By name, in Latin-1. */
type Folder = Map<string, Wanted>;

function editOf(files: Files): Folder {
  const root: Folder = new Map();
  for (const [path, bytes] of Object.entries(files)) {
    checkPath(path);
    const names = Buffer.from(path, "utf8").toString("latin1").split("/");
    const last = names.pop() ?? "";
    let folder = root;
    for (const name of names) {
      const below = folder.get(name) ?? new Map();
      if (!(below instanceof Map)) throw twice(path);
      folder.set(name, below);
      folder = below;
    }
    if (folder.has(last)) throw twice(path);
    folder.set(last, bytes ?? "removed");
  }
  return root;
}

function twice(path: string): GitError {
  return new GitError("failed", `"${printable(path, 200)}" cannot be a file and a folder at once`);
}

/** Throws a `GitError` (`failed`) for a path that git would not check out. */
function checkPath(path: string): void {
  const isBad = (name: string): boolean =>
    name === "" || name === "." || name === ".." || name.toLowerCase() === ".git";
  if (/\0|\p{Cs}/u.test(path) || path.split("/").some(isBad)) {
    throw new GitError("failed", `"${printable(path, 200)}" is no path of a file in a tree`);
  }
}
