/**
 * Paths that differ between two trees. Folders with one name on both sides are not read, so the answer costs what changed.
 * A rename is a removal and an addition, and so is a file that became a folder.
 */
import { gitLimits } from "../limits.ts";
import { type FolderEntry, folderMode, pathText } from "../objects/tree.ts";
import { type Call, GitError, type Oid, type TreeChange } from "../repository.ts";
import { FolderBudget, type Folders, joined } from "./folders.ts";

/** `before` and `after` are commits or trees. In the order of the paths' bytes. */
export async function diffTrees(before: Oid, after: Oid, folders: Folders, call: Call): Promise<readonly TreeChange[]> {
  const [from, to] = await Promise.all([folders.root(before, call), folders.root(after, call)]);
  const changes: Change[] = [];
  await compare("", from, to, { folders, call, changes, budget: new FolderBudget() });
  changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  return changes.map((change) => ({ ...change, path: pathText(change.path) }));
}

interface Comparison {
  readonly folders: Folders;
  readonly call: Call;
  readonly changes: Change[];
  readonly budget: FolderBudget;
}

/** Its path is Latin-1. */
type Change = TreeChange;

async function compare(path: string, from: Oid | undefined, to: Oid | undefined, run: Comparison): Promise<void> {
  if (from === to) return;
  run.budget.enter(path);
  const [before, after] = between(await entriesOf(from, run), await entriesOf(to, run));
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(name), after.get(name)];
    if (old?.oid === now?.oid && old?.mode === now?.mode) continue;
    const below = joined(path, name);
    const [oldFile, newFile] = [file(old), file(now)];
    if (oldFile || newFile)
      add({ path: below, ...(oldFile && { before: oldFile }), ...(newFile && { after: newFile }) }, run);
    await compare(below, folder(old), folder(now), run);
  }
}

function add(change: Change, { changes }: Comparison): void {
  if (changes.length >= gitLimits.changesMax) {
    throw new GitError("too-large", `more than ${gitLimits.changesMax} paths differ between the trees`);
  }
  changes.push(change);
}

async function entriesOf(tree: Oid | undefined, { folders, call }: Comparison): Promise<readonly FolderEntry[]> {
  return tree === undefined ? [] : folders.entries(tree, call);
}

type Entries = readonly FolderEntry[];
type Named = ReadonlyMap<string, FolderEntry>;

/** Without the same beginning and the same end: one file of ten thousand is found without a table of all of them. */
function between(from: Entries, to: Entries): [before: Named, after: Named] {
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && isSame(from[start], to[start])) start++;
  let end = 0;
  while (end < shorter - start && isSame(from.at(-1 - end), to.at(-1 - end))) end++;
  return [named(from.slice(start, from.length - end)), named(to.slice(start, to.length - end))];
}

function isSame(a: FolderEntry | undefined, b: FolderEntry | undefined): boolean {
  return a !== undefined && b !== undefined && a.oid === b.oid && a.mode === b.mode && a.name === b.name;
}

function named(entries: Entries): Named {
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function file(entry: FolderEntry | undefined): { mode: string; oid: Oid } | undefined {
  return entry && entry.mode !== folderMode ? { mode: entry.mode, oid: entry.oid } : undefined;
}

function folder(entry: FolderEntry | undefined): Oid | undefined {
  return entry?.mode === folderMode ? entry.oid : undefined;
}
