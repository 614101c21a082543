/** Reads folders one by one, each checked against its name, and finds what a commit or a tree holds. */
import { gitLimits } from "../limits.ts";
import { parseCommit } from "../objects/commit.ts";
import { checkOid, type ObjectFormat } from "../objects/format.ts";
import type { ObjectReader } from "../objects/reader.ts";
import { Recent } from "../objects/recent.ts";
import { type FolderEntry, parseTree } from "../objects/tree.ts";
import { type Call, GitError, type Oid } from "../repository.ts";

export interface Folders {
  /** The root tree of a commit, or the tree itself. Throws a `GitError` (`damaged`) where it is neither or is missing. */
  root(oid: Oid, call?: Call): Promise<Oid>;
  entries(tree: Oid, call?: Call): Promise<readonly FolderEntry[]>;
}

export function folders(objects: ObjectReader, format: ObjectFormat): Folders {
  const recent = new Recent<readonly FolderEntry[]>(gitLimits.rememberedEntriesMax, (entries) => entries.length + 1);
  return {
    root: async (oid, call = {}) => {
      checkOid(oid, format);
      if (oid === format.emptyTree) return oid;
      const found = await objects.head(oid, call);
      if (found?.type === "tree" && found.oid === oid) return oid;
      if (found?.type !== "commit") {
        throw new GitError(
          "damaged",
          `object ${oid} ${found ? `is a ${found.type}` : "is missing"}, and should be a commit or a tree`,
        );
      }
      const bytes = await objects.object(oid, "commit", { ...call, bytesMax: gitLimits.objectBytesMax });
      if (!bytes) throw new GitError("damaged", `commit ${oid} is missing`);
      return parseCommit(oid, bytes, format).tree;
    },
    entries: async (tree, call = {}) => {
      if (tree === format.emptyTree) return [];
      const known = recent.get(tree);
      if (known) return known;
      const bytes = await objects.object(tree, "tree", { ...call, bytesMax: gitLimits.objectBytesMax });
      if (!bytes) throw new GitError("damaged", `tree ${tree} is missing`);
      const entries = parseTree(tree, bytes, format);
      recent.set(tree, entries);
      return entries;
    },
  };
}

/** Bounds one answer that is put together from many folders. */
export class FolderBudget {
  #left: number = gitLimits.foldersMax;

  /** Counts one folder at `path` (Latin-1). Throws a `GitError` (`too-large`). */
  enter(path: string): void {
    if (--this.#left < 0) throw new GitError("too-large", `the tree has more than ${gitLimits.foldersMax} folders`);
    if (path.length > gitLimits.pathBytesMax) {
      throw new GitError("too-large", `a path of the tree has more than ${gitLimits.pathBytesMax} bytes`);
    }
    if (path.split("/").length > gitLimits.treeDepthMax) {
      throw new GitError("too-large", `the tree is more than ${gitLimits.treeDepthMax} folders deep`);
    }
  }
}

/** `path` of an entry in the folder at `folder`; the root is the empty path. */
export function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
