/** What webhooks tell of what happened. The payload is made at once: later changes are not in it. */
import { rfc3339 } from "../../../../operator/clock/clock.ts";
import type { CommitFacts } from "../git/store.ts";
import { fullPullRequest, issue, pullRequest, review as renderReview } from "../render/pull-request.ts";
import { checkRun, comment as renderComment } from "../render/reports.ts";
import { htmlUrl } from "../render/urls.ts";
import type { Account } from "../state/accounts.ts";
import {
  type CheckRun,
  type IssueComment,
  noOid,
  type PullRequest,
  type Repository,
  type Review,
} from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { countsOf, pullNumbered } from "./pull-requests.ts";
import type { RefMove } from "./pushing.ts";

type More = Readonly<Record<string, unknown>>;

export async function tellPullRequest(
  world: World,
  pull: PullRequest,
  sender: Account,
  action: string,
  more: More = {},
): Promise<void> {
  await world.tell({ event: "pull_request", action, repository: pull.repository, sender }, async () => ({
    number: pull.number,
    pull_request: { ...fullPullRequest(world, pull, await countsOf(pull)), ...mergeSettings },
    ...more,
  }));
}

/** Settings of the repository that webhooks repeat in every pull request. */
const mergeSettings = { allow_auto_merge: false, allow_update_branch: false, delete_branch_on_merge: false };

export async function tellReview(
  world: World,
  pull: PullRequest,
  review: Review,
  sender: Account,
  action: string,
): Promise<void> {
  await world.tell({ event: "pull_request_review", action, repository: pull.repository, sender }, async () => ({
    // Here, and only here, GitHub writes the state in small letters.
    review: { ...renderReview(world, pull, review), state: review.state.toLowerCase(), body: review.body || null },
    pull_request: pullRequest(world, pull),
  }));
}

export async function tellComment(
  world: World,
  repository: Repository,
  comment: IssueComment,
  sender: Account,
  action: string,
  more: More = {},
): Promise<void> {
  await world.tell({ event: "issue_comment", action, repository, sender }, async () => ({
    issue: issue(world, pullNumbered(repository, comment.issue)),
    comment: renderComment(world, repository, comment),
    ...more,
  }));
}

export async function tellCheckRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  sender: Account,
  action: string,
): Promise<void> {
  await world.tell({ event: "check_run", action, repository, sender }, async () => ({
    check_run: checkRun(world, repository, run),
  }));
}

/** GitHub lists the newest 2,048; a webhook is only a hint, so a few do here. */
const commitsMax = 20;

export async function tellPush(
  world: World,
  { repository, actor, move, forced }: { repository: Repository; actor: Account; move: RefMove; forced: boolean },
): Promise<void> {
  await world.tell({ event: "push", repository, sender: actor }, async () => {
    const { ref, before, after } = move;
    const newest = after ? await repository.store.commits(after, before, commitsMax) : [];
    const commits = newest.map((facts) => pushedCommit(world, repository, facts));
    const url = htmlUrl(
      world,
      repository,
      `/compare/${(before ?? noOid).slice(0, 12)}...${(after ?? noOid).slice(0, 12)}`,
    );
    return {
      ref,
      before: before ?? noOid,
      after: after ?? noOid,
      created: before === undefined,
      deleted: after === undefined,
      forced,
      base_ref: null,
      compare: url,
      commits: [...commits].reverse(),
      head_commit: commits[0] ?? null,
      pusher: { name: actor.login, email: null },
    };
  });
}

function pushedCommit(world: World, repository: Repository, facts: CommitFacts): Record<string, unknown> {
  return {
    id: facts.oid,
    tree_id: facts.tree,
    distinct: true,
    message: facts.message,
    timestamp: rfc3339(facts.committedAt * 1_000),
    url: htmlUrl(world, repository, `/commit/${facts.oid}`),
    author: facts.author,
    committer: facts.committer,
    added: [],
    removed: [],
    modified: [],
  };
}
