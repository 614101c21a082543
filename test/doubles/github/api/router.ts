/** Which handler answers which request, and what permission it takes. */
import type { Operation } from "../openapi/operations.ts";
import type { Access } from "../state/apps.ts";
import type { Handler } from "./call.ts";
import type { Needed } from "./caller.ts";
import { createToken, getApp, getInstallation, getMeta, getRateLimit, getUser } from "./routes/accounts.ts";
import {
  createPull,
  createReview,
  dismiss,
  getPull,
  listEvents,
  listPulls,
  listPullsOfCommit,
  listReviews,
  mergePull,
  updatePull,
} from "./routes/pull-requests.ts";
import {
  createComment,
  listAllComments,
  listCheckRuns,
  listComments,
  listStatuses,
  patchCheckRun,
  postCheckRun,
  postStatus,
  removeComment,
  updateComment,
} from "./routes/reports.ts";
import { createRef, deleteRef, getRef, getRepository, listActivity, updateRef } from "./routes/repositories.ts";

export interface Route {
  readonly handler: Handler;
  /** Of a token on the repository; undefined: the handler looks who asks. */
  readonly needed?: Needed;
}

const route = (handler: Handler, access?: Access, ...anyOf: string[]): Route => ({
  handler,
  ...(access && { needed: { anyOf, access } }),
});

/** Permissions as in GitHub's table "Permissions required for GitHub Apps". */
const routes: Readonly<Record<Operation, Route>> = {
  "GET /app": route(getApp),
  "GET /meta": route(getMeta),
  "GET /rate_limit": route(getRateLimit),
  "GET /user": route(getUser),
  "GET /repos/{owner}/{repo}": route(getRepository, "read", "metadata"),
  "GET /repos/{owner}/{repo}/installation": route(getInstallation),
  "POST /app/installations/{installation_id}/access_tokens": route(createToken),
  "GET /repos/{owner}/{repo}/activity": route(listActivity, "read", "contents"),
  "GET /repos/{owner}/{repo}/pulls": route(listPulls, "read", "pull_requests"),
  "POST /repos/{owner}/{repo}/pulls": route(createPull, "write", "pull_requests"),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": route(getPull, "read", "pull_requests", "contents"),
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": route(updatePull, "write", "pull_requests"),
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge": route(mergePull, "write", "contents"),
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": route(listReviews, "read", "pull_requests"),
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews": route(createReview, "write", "pull_requests"),
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals": route(
    dismiss,
    "write",
    "pull_requests",
  ),
  "GET /repos/{owner}/{repo}/issues/{issue_number}/events": route(listEvents, "read", "issues", "pull_requests"),
  "GET /repos/{owner}/{repo}/issues/comments": route(listAllComments, "read", "issues", "pull_requests"),
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": route(updateComment, "write", "issues", "pull_requests"),
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}": route(removeComment, "write", "issues", "pull_requests"),
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": route(listComments, "read", "issues", "pull_requests"),
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": route(createComment, "write", "issues", "pull_requests"),
  "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": route(listPullsOfCommit, "read", "pull_requests"),
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": route(listCheckRuns, "read", "checks"),
  "POST /repos/{owner}/{repo}/check-runs": route(postCheckRun, "write", "checks"),
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": route(patchCheckRun, "write", "checks"),
  "GET /repos/{owner}/{repo}/commits/{ref}/statuses": route(listStatuses, "read", "statuses"),
  "POST /repos/{owner}/{repo}/statuses/{sha}": route(postStatus, "write", "statuses"),
  "POST /repos/{owner}/{repo}/git/refs": route(createRef, "write", "contents"),
  "GET /repos/{owner}/{repo}/git/ref/{ref}": route(getRef, "read", "contents"),
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": route(updateRef, "write", "contents"),
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}": route(deleteRef, "write", "contents"),
};

export interface Found {
  readonly operation: Operation;
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** Undefined where the double has no such operation. */
export function routeFor(method: string, path: string): Found | undefined {
  for (const { operation, expression, names, verb } of patterns) {
    const match = verb === method ? expression.exec(path) : null;
    if (!match) continue;
    const values = names.map((name, index): [string, string] => [name, decodeURIComponent(match[index + 1] ?? "")]);
    return { operation, route: routes[operation], path: Object.fromEntries(values) };
  }
  return undefined;
}

/** Without parameters first, so that `comments` is no number. */
const patterns = (Object.keys(routes) as Operation[]).map(pattern).sort((a, b) => a.names.length - b.names.length);

function pattern(operation: Operation): { operation: Operation; expression: RegExp; names: string[]; verb: string } {
  const [verb = "", path = ""] = operation.split(" ");
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  // Names of refs have slashes, which some clients escape and some do not.
  const source = path.replace(/\{(\w+)\}/g, (_, name: string) => (name === "ref" ? "(.+)" : "([^/]+)"));
  return { operation, expression: new RegExp(`^${source}$`), names, verb };
}
