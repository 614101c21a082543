/**
 * Goes through all files of a tree, within bounds: a few hundred bytes can say that there are a million folders
 * (https://kate.io/blog/git-bomb), and whoever believes them runs out of memory.
 */
import { gitLimits } from "../limits.ts";
import { type FolderEntry, folderMode } from "../objects/tree.ts";
import { type Call, GitError, type Oid } from "../repository.ts";
import { FolderBudget, type Folders, joined } from "./folders.ts";

/** `path` is Latin-1. */
export type Visit = (path: string, entry: FolderEntry) => void;

/** `oid`: of a commit or tree. In git's order. Throws a `GitError` (`too-large`, `damaged`). */
export async function walkFiles(oid: Oid, folders: Folders, call: Call, visit: Visit = () => {}): Promise<void> {
  const budget = new FolderBudget();
  let files = 0;
  const walk = async (path: string, tree: Oid): Promise<void> => {
    budget.enter(path);
    for (const entry of await folders.entries(tree, call)) {
      const below = joined(path, entry.name);
      if (entry.mode === folderMode) await walk(below, entry.oid);
      else if (++files <= gitLimits.treeEntriesMax) visit(below, entry);
      else throw new GitError("too-large", `the tree has more than ${gitLimits.treeEntriesMax} files`);
    }
  };
  await walk("", await folders.root(oid, call));
}
