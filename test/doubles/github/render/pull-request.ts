/** Pull requests, their reviews and their events as answers have them. */
import { rfc3339 } from "../../../../operator/clock/clock.ts";
import { association } from "../actions/roles.ts";
import { type Counts, headOf, type PullRequest, type Repository, type Review } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { user, userOrGhost, userOrNull } from "./account.ts";
import { repository } from "./repository.ts";
import { apiUrl, htmlUrl, nodeId, pullUrl } from "./urls.ts";

/** As in lists. */
export function pullRequest(world: World, pull: PullRequest): Record<string, unknown> {
  const html = htmlUrl(world, pull.repository, `/pull/${pull.number}`);
  const issue = apiUrl(world, pull.repository, `/issues/${pull.number}`);
  const statuses = apiUrl(world, pull.repository, `/statuses/${pull.head.oid}`);
  const url = pullUrl(world, pull);
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : rfc3339(ms));
  return {
    url,
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userOrGhost(world, pull.user),
    body: pull.body,
    created_at: rfc3339(pull.createdAt),
    updated_at: rfc3339(pull.updatedAt),
    closed_at: time(pull.closedAt),
    merged_at: time(pull.merged?.at),
    merge_commit_sha: pull.merged?.commit ?? pull.trial?.commit ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.isDraft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: apiUrl(world, pull.repository, "/pulls/comments{/number}"),
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    head: end(world, pull.head.repository, pull.head),
    base: end(world, pull.repository, pull.base),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: apiUrl(world, pull.repository, "/pulls/comments{/number}") },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: association(pull.repository, pull.user),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** As when it is asked for itself, and in webhooks. Whether it can be merged is not known before somebody asked. */
export function fullPullRequest(world: World, pull: PullRequest, counts: Counts): Record<string, unknown> {
  const base = headOf(pull.repository, pull.base.ref);
  const isFresh = pull.state === "open" && pull.trial?.base === base && pull.trial?.head === pull.head.oid;
  const trial = isFresh ? pull.trial : undefined;
  const isClean = trial?.commit !== undefined;
  const mergeable = trial === undefined ? null : isClean;
  return {
    ...pullRequest(world, pull),
    merged: pull.merged !== undefined,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: trial === undefined ? "unknown" : isClean ? "clean" : "dirty",
    merged_by: pull.merged ? userOrNull(world, pull.merged.by) : null,
    comments: pull.repository.comments.filter(({ issue }) => issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.head.repository !== pull.repository,
    commits: counts.commits,
    additions: counts.additions,
    deletions: counts.deletions,
    changed_files: counts.files,
  };
}

/** A head keeps its owner's login in its label, and loses its repository when that is deleted. */
function end(world: World, from: Repository, { ref, oid }: { ref: string; oid: string }): Record<string, unknown> {
  return {
    label: `${from.owner.login}:${ref}`,
    ref,
    sha: oid,
    user: userOrNull(world, from.owner),
    repo: from.isDeleted ? null : repository(world, from),
  };
}

export function review(world: World, pull: PullRequest, one: Review): Record<string, unknown> {
  const html = htmlUrl(world, pull.repository, `/pull/${pull.number}#pullrequestreview-${one.id}`);
  return {
    id: one.id,
    node_id: nodeId("PullRequestReview", one.id),
    user: userOrNull(world, one.user),
    body: one.body,
    state: one.state,
    html_url: html,
    pull_request_url: pullUrl(world, pull),
    author_association: association(pull.repository, one.user),
    _links: { html: { href: html }, pull_request: { href: pullUrl(world, pull) } },
    submitted_at: rfc3339(one.submittedAt),
    commit_id: one.commit,
  };
}

/** The events of a pull request that tell who took a review away; GitHub tells it nowhere else. */
export function dismissals(world: World, pull: PullRequest): Record<string, unknown>[] {
  return pull.reviews.flatMap(({ id, dismissal }) => {
    if (!dismissal) return [];
    const url = apiUrl(world, pull.repository, `/issues/events/${dismissal.event}`);
    return [
      {
        id: dismissal.event,
        node_id: nodeId("ReviewDismissedEvent", dismissal.event),
        url,
        actor: userOrGhost(world, dismissal.by),
        event: "review_dismissed",
        commit_id: null,
        commit_url: null,
        created_at: rfc3339(dismissal.at),
        dismissed_review: {
          state: dismissal.state.toLowerCase(),
          review_id: id,
          dismissal_message: dismissal.message,
        },
        performed_via_github_app: null,
      },
    ];
  });
}

/** The issue that every pull request is, in webhooks of comments. */
export function issue(world: World, pull: PullRequest): Record<string, unknown> {
  const url = apiUrl(world, pull.repository, `/issues/${pull.number}`);
  const html = htmlUrl(world, pull.repository, `/pull/${pull.number}`);
  return {
    url,
    repository_url: apiUrl(world, pull.repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: pull.id,
    node_id: nodeId("Issue", pull.id),
    number: pull.number,
    title: pull.title,
    user: user(world, pull.user),
    labels: [],
    state: pull.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: pull.repository.comments.filter((one) => one.issue === pull.number).length,
    created_at: rfc3339(pull.createdAt),
    updated_at: rfc3339(pull.updatedAt),
    closed_at: pull.closedAt === undefined ? null : rfc3339(pull.closedAt),
    author_association: association(pull.repository, pull.user),
    active_lock_reason: null,
    draft: pull.isDraft,
    pull_request: {
      url: pullUrl(world, pull),
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.merged ? rfc3339(pull.merged.at) : null,
    },
    body: pull.body,
    reactions: reactions(`${url}/reactions`),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: null,
  };
}

/** There are none on the double. */
export function reactions(url: string): Record<string, unknown> {
  const none = { total_count: 0, "+1": 0, "-1": 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };
  return { url, ...none };
}
