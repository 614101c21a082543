/** The three ways in which a pull request is merged, each as GitHub makes the commits. Real trees, by git's own merge. */
import type { Person } from "./files.ts";
import type { CommitFacts, GitStore, Oid } from "./store.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

export interface MergeRequest {
  readonly method: MergeMethod;
  readonly base: Oid;
  readonly head: Oid;
  readonly message: string;
  /** Who presses the button. */
  readonly by: Person;
  /** Who opened the pull request: the author of a squash. */
  readonly proposer: Person;
  /** Seconds since 1970. */
  readonly at: number;
}

/** The committer of what is made in GitHub's web interface. */
export const webFlow: Person = { name: "GitHub", email: "noreply@github.com" };

/** The commits that land, in order; the last is the new head of the base branch. Undefined: there are conflicts. */
export async function mergeCommits(store: GitStore, request: MergeRequest): Promise<Oid[] | undefined> {
  if (request.method === "rebase") return rebase(store, request);
  const tree = await store.mergeTree(request.base, request.head);
  if (tree === undefined) return undefined;
  const isMerge = request.method === "merge";
  const commit = store.writeCommit({
    tree,
    parents: isMerge ? [request.base, request.head] : [request.base],
    message: request.message,
    author: isMerge ? request.by : request.proposer,
    committer: webFlow,
    at: request.at,
  });
  return [commit];
}

/** Each commit of the pull request that is no merge, on top of the one before; the authors stay. */
async function rebase(store: GitStore, { base, head, by, at }: MergeRequest): Promise<Oid[] | undefined> {
  const landed: Oid[] = [];
  for (const oid of await store.range([head], [base])) {
    const commit = await store.commit(oid);
    if (!commit || commit.parents.length > 1) continue;
    const onto = landed.at(-1) ?? base;
    const tree = await pickedTree(store, commit, onto);
    if (tree === undefined) return undefined;
    const { author, authoredAt, message } = commit;
    landed.push(store.writeCommit({ tree, parents: [onto], message, author, authoredAt, committer: by, at }));
  }
  return landed;
}

/** The tree of `commit` picked onto `onto`. */
async function pickedTree(store: GitStore, commit: CommitFacts, onto: Oid): Promise<Oid | undefined> {
  const [parent] = commit.parents;
  if (parent === onto) return commit.tree;
  const target = await store.commit(onto);
  if (!target || parent === undefined) return undefined;
  // git merges with the common ancestor as base. A commit with the target's tree and the picked one's parent makes that the base.
  const sibling = store.writeCommit({ ...target, parents: [parent], message: "base for a pick", at: 0, authoredAt: 0 });
  return store.mergeTree(sibling, commit.oid);
}
