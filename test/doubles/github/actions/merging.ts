/** Merging: by the button, and by the queue, where several pull requests land in one push. */
import { type MergeMethod, mergeCommits } from "../git/merging.ts";
import type { Oid } from "../git/store.ts";
import { type Account, personOf } from "../state/accounts.ts";
import { Refusal } from "../state/refusal.ts";
import { headOf, type PullRequest, type Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { afterPush, markMerged, seconds } from "./pushing.ts";
import { requireRole } from "./roles.ts";
import { tellPullRequest } from "./telling.ts";

export interface MergeOptions {
  readonly method?: MergeMethod;
  /** What the head must be. */
  readonly sha?: Oid;
  readonly title?: string;
  readonly message?: string;
}

/** Gives the commit that the base branch is at then. */
export async function mergePullRequest(
  world: World,
  pull: PullRequest,
  actor: Account,
  options: MergeOptions = {},
): Promise<Oid> {
  requireRole(world, pull.repository, actor, "write");
  if (pull.state === "closed") throw notMergeable();
  if (pull.isDraft) throw new Refusal(405, "Pull Request is still a draft");
  if (options.sha !== undefined && options.sha !== pull.head.oid) {
    throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
  }
  const before = headOf(pull.repository, pull.base.ref);
  if (before === undefined) throw notMergeable();
  const landed = await land(world, pull, { ...options, base: before, by: actor });
  await moveBranch(world, pull.repository, pull.base.ref, before, [{ pull, landed, by: actor }], "pr_merge");
  return landed.at(-1) ?? before;
}

/** Merges them one onto the other, and moves the branch once. Who merged them is GitHub's own bot. */
export async function mergeByQueue(
  world: World,
  pulls: readonly PullRequest[],
  { method = "merge" }: { method?: MergeMethod } = {},
): Promise<Oid> {
  const [first] = pulls;
  if (!first) throw new Error("a merge queue needs at least one pull request");
  const bot = world.accounts.byLogin(queueBot) ?? world.addAccount(queueBot, "Bot");
  const before = headOf(first.repository, first.base.ref);
  if (before === undefined) throw notMergeable();
  const merges: Landing[] = [];
  let base = before;
  for (const pull of pulls) {
    if (pull.state === "closed" || pull.base.ref !== first.base.ref) throw notMergeable();
    const landed = await land(world, pull, { method, base, by: bot });
    merges.push({ pull, landed, by: bot });
    base = landed.at(-1) ?? base;
  }
  await moveBranch(world, first.repository, first.base.ref, before, merges, "merge_queue_merge");
  return base;
}

const queueBot = "github-merge-queue[bot]";

interface Landing {
  readonly pull: PullRequest;
  readonly landed: readonly Oid[];
  readonly by: Account;
}

async function land(
  world: World,
  pull: PullRequest,
  { method = "merge", base, by, title, message }: MergeOptions & { base: Oid; by: Account },
): Promise<Oid[]> {
  const landed = await mergeCommits(pull.repository.store, {
    method,
    base,
    head: pull.head.oid,
    message: messageOf(pull, method, title, message),
    by: personOf(by),
    proposer: personOf(pull.user),
    at: seconds(world),
  });
  if (landed === undefined) throw notMergeable();
  const wrong = world.wrongMerges.shift();
  return wrong === undefined ? landed : withWrongTree(pull.repository, landed, wrong);
}

function messageOf(pull: PullRequest, method: MergeMethod, title?: string, message?: string): string {
  const from = `${pull.head.repository.owner.login}/${pull.head.ref}`;
  const isMerge = method === "merge";
  const subject =
    title ?? (isMerge ? `Merge pull request #${pull.number} from ${from}` : `${pull.title} (#${pull.number})`);
  const body = message ?? (isMerge ? pull.title : (pull.body ?? ""));
  return body === "" ? subject : `${subject}\n\n${body}`;
}

/** The last commit again, but with other files than the merge makes: as GitHub's queue did on 2026-04-23. */
async function withWrongTree(
  { store }: Repository,
  landed: readonly Oid[],
  files: Readonly<Record<string, string>>,
): Promise<Oid[]> {
  const last = landed.at(-1);
  const right = last === undefined ? undefined : await store.commit(last);
  if (!right) throw new Error("there is no merge commit to give a wrong tree to");
  const { author, committer, message, parents, authoredAt, committedAt: at } = right;
  const scratch = "refs/double/wrong-merge";
  const commit = { parent: right.oid, files, message: "wrong", author, committer, at };
  const [drawn = ""] = await store.importCommits([{ commit, refs: [scratch] }]);
  await store.updateRefs([[scratch, undefined]]);
  const tree = (await store.commit(drawn))?.tree ?? "";
  return [...landed.slice(0, -1), store.writeCommit({ tree, parents, message, author, committer, at, authoredAt })];
}

async function moveBranch(
  world: World,
  repository: Repository,
  branch: string,
  before: Oid,
  merges: readonly Landing[],
  type: "pr_merge" | "merge_queue_merge",
): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const after = merges.at(-1)?.landed.at(-1) ?? before;
  await repository.store.updateRefs([[ref, after]]);
  for (const { pull, landed, by } of merges) {
    const commit = landed.at(-1) ?? before;
    const own = await repository.store.range([pull.head.oid], [before]);
    markMerged(world, pull, { by, commit, landed: [...new Set([...own, ...landed])] });
  }
  const [actor] = merges.map(({ by }) => by);
  if (actor) await afterPush(world, repository, actor, [{ ref, before, after }], type);
  for (const { pull, by } of merges) await tellPullRequest(world, pull, by, "closed");
}

function notMergeable(): Refusal {
  return new Refusal(405, "Pull Request is not mergeable");
}
