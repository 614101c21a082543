/** All files of a tree, and one file of it. */
import type { ObjectHead } from "../objects/frames.ts";
import type { ObjectReader } from "../objects/reader.ts";
import { folderMode, pathText } from "../objects/tree.ts";
import { type Call, GitError, type Oid, type TreeEntry } from "../repository.ts";
import type { Folders } from "./folders.ts";
import { walkFiles } from "./walk.ts";

type Found = Omit<TreeEntry, "size">;

export async function listTree(
  oid: Oid,
  folders: Folders,
  objects: ObjectReader,
  call: Call,
): Promise<readonly TreeEntry[]> {
  const found: Found[] = [];
  await walkFiles(oid, folders, call, (path, entry) => {
    found.push({ path: pathText(path), mode: entry.mode, oid: entry.oid });
  });
  const sizes = await sizesOf(found, objects, call);
  return found.map((entry) => ({ ...entry, size: sizes.get(entry.oid) ?? 0 }));
}

/** The blob at `path`, where it is one with the mode 100644. */
export async function fileAt(oid: Oid, path: string, folders: Folders, call: Call): Promise<Oid | undefined> {
  const names = Buffer.from(path, "utf8").toString("latin1").split("/");
  let tree = await folders.root(oid, call);
  for (const [at, name] of names.entries()) {
    const entry = (await folders.entries(tree, call)).find((other) => other.name === name);
    if (at === names.length - 1) return entry?.mode === "100644" ? entry.oid : undefined;
    if (entry?.mode !== folderMode) return undefined;
    tree = entry.oid;
  }
  return undefined;
}

/** In bytes, by object id. What a submodule names lies in another repository: it has no size. */
async function sizesOf(found: readonly Found[], objects: ObjectReader, call: Call): Promise<Map<Oid, number>> {
  const sizes = new Map<Oid, number>();
  const unknown = new Set<Oid>();
  for (const { mode, oid } of found) {
    if (mode === "160000") continue;
    // Of ten thousand files of the next tree nearly all were in the one before.
    const head = objects.knownHead(oid);
    if (head) sizes.set(oid, sizeIn(head, oid));
    else unknown.add(oid);
  }
  const ask = async (oid: Oid): Promise<void> => {
    sizes.set(oid, sizeIn(await objects.head(oid, call), oid));
  };
  await Promise.all([...unknown].map(ask));
  return sizes;
}

function sizeIn(head: ObjectHead | undefined, oid: Oid): number {
  if (head?.type === "blob") return head.size;
  throw new GitError("damaged", `object ${oid} ${head ? `is a ${head.type}` : "is missing"}, and should be a blob`);
}
