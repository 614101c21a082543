/** The tree that a three-way merge makes, by git's own `merge-tree`: nothing is checked out and no ref moves. */
import { gitLimits } from "../limits.ts";
import { checkOid, isOid, type ObjectFormat } from "../objects/format.ts";
import { Recent } from "../objects/recent.ts";
import { pathText } from "../objects/tree.ts";
import type { GitProgram } from "../program/program.ts";
import { type Call, GitError, type MergeOutcome, type Oid } from "../repository.ts";
import type { Folders } from "../trees/folders.ts";
import { walkFiles } from "../trees/walk.ts";
import type { History } from "./history.ts";

export interface MergeOptions {
  readonly git: GitProgram;
  readonly history: History;
  readonly folders: Folders;
  readonly format: ObjectFormat;
}

type MergeTree = (ours: Oid, theirs: Oid, options: MergeOptions, call: Call) => Promise<MergeOutcome>;

/** The same two commits always make the same tree, and no object is ever thrown away: what was merged last is not merged again. */
export function rememberedMerges(): MergeTree {
  const recent = new Recent<MergeOutcome>(gitLimits.rememberedMergesMax, (outcome) =>
    outcome.ok ? 1 : 1 + outcome.conflicts.length,
  );
  return async (ours, theirs, options, call) => {
    call.signal?.throwIfAborted();
    const known = recent.get(`${ours} ${theirs}`);
    if (known) return known;
    const outcome = await mergeTree(ours, theirs, options, call);
    recent.set(`${ours} ${theirs}`, outcome);
    return outcome;
  };
}

/** Throws a `GitError`, `too-large` among others. Histories without a common commit do not merge: no conflict is named then. */
async function mergeTree(ours: Oid, theirs: Oid, options: MergeOptions, call: Call): Promise<MergeOutcome> {
  const { git, history, folders, format } = options;
  checkOid(ours, format);
  checkOid(theirs, format);
  // git believes a tree that says that it is endless.
  for (const side of [ours, theirs]) await walkFiles(side, folders, call);
  // Drivers and attributes of the tree are not ours to obey; older versions of git read none here and pass over the setting.
  const settings = [`attr.tree=${format.emptyTree}`];
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  try {
    const { exit, stdout } = await git.run(args, { ...call, settings, exits: [0, 1] });
    return parseMerge(stdout, exit === 0, format);
  } catch (error) {
    const isUnrelated = error instanceof GitError && error.code === "failed" && !call.signal?.aborted;
    if (isUnrelated && (await history.mergeBase(ours, theirs, call)) === undefined) return { ok: false, conflicts: [] };
    throw error;
  }
}

/** `<tree>\0` and, where it did not merge, each path with a conflict and `\0`. Throws a `GitError` (`failed`, `path`). */
export function parseMerge(output: Buffer, isClean: boolean, format: ObjectFormat): MergeOutcome {
  const [tree, ...paths] = output.toString("latin1").split("\0");
  if (tree === undefined || !isOid(tree, format))
    throw new GitError("failed", "git merge-tree answered without a tree");
  if (isClean) return { ok: true, tree };
  const conflicts = [...new Set(paths.filter((path) => path !== ""))];
  return { ok: false, conflicts: conflicts.slice(0, gitLimits.conflictsMax).map(pathText) };
}
