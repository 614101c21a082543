/** What of GitHub's description the double keeps: the operations that it answers, and the webhooks that it sends. */

/** `METHOD path`, as the description has them. */
export const operations = [
  "GET /app",
  "GET /meta",
  "GET /rate_limit",
  "GET /user",
  "GET /repos/{owner}/{repo}",
  "GET /repos/{owner}/{repo}/installation",
  "POST /app/installations/{installation_id}/access_tokens",
  "GET /repos/{owner}/{repo}/activity",
  "GET /repos/{owner}/{repo}/pulls",
  "POST /repos/{owner}/{repo}/pulls",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}",
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/events",
  "GET /repos/{owner}/{repo}/issues/comments",
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
  "POST /repos/{owner}/{repo}/check-runs",
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
  "GET /repos/{owner}/{repo}/commits/{ref}/statuses",
  "POST /repos/{owner}/{repo}/statuses/{sha}",
  "POST /repos/{owner}/{repo}/git/refs",
  "GET /repos/{owner}/{repo}/git/ref/{ref}",
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}",
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}",
] as const;

export type Operation = (typeof operations)[number];

/** Names of schemas; the name of the event is what stands before the point. */
export const webhooks: Readonly<Record<string, string>> = {
  "pull_request.opened": "webhook-pull-request-opened",
  "pull_request.closed": "webhook-pull-request-closed",
  "pull_request.reopened": "webhook-pull-request-reopened",
  "pull_request.edited": "webhook-pull-request-edited",
  "pull_request.synchronize": "webhook-pull-request-synchronize",
  "pull_request_review.submitted": "webhook-pull-request-review-submitted",
  "pull_request_review.dismissed": "webhook-pull-request-review-dismissed",
  "issue_comment.created": "webhook-issue-comment-created",
  "issue_comment.edited": "webhook-issue-comment-edited",
  "issue_comment.deleted": "webhook-issue-comment-deleted",
  "check_run.created": "webhook-check-run-created",
  "check_run.completed": "webhook-check-run-completed",
  push: "webhook-push",
};
