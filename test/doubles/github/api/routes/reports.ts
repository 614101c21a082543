/** Comments, check runs and statuses: what is said on pull requests and commits. */
import { addComment, deleteComment, editComment } from "../../actions/commenting.ts";
import { pullNumbered } from "../../actions/pull-requests.ts";
import { createCheckRun, createStatus, updateCheckRun } from "../../actions/reporting.ts";
import { requireRole } from "../../actions/roles.ts";
import { checkRun, comment, status } from "../../render/reports.ts";
import type { App } from "../../state/apps.ts";
import { Refusal } from "../../state/refusal.ts";
import type { CheckRun, IssueComment } from "../../state/repository.ts";
import { type Answer, actorOf, appOf, type Call, commitNamed, created, gone, numberIn, ok, paged } from "../call.ts";

export function listComments(call: Call): Answer {
  const { number } = pullNumbered(call.repository, numberIn(call, "issue_number"));
  const found = call.repository.comments.filter(({ issue }) => issue === number);
  return pagedComments(call, since(call, found));
}

export function listAllComments(call: Call): Answer {
  const found = since(call, call.repository.comments);
  const byUpdate = call.query.get("sort") === "updated";
  const time = (one: IssueComment): number => (byUpdate ? one.updatedAt : one.createdAt);
  found.sort((a, b) => time(a) - time(b) || a.id - b.id);
  if (call.query.get("direction") === "desc") found.reverse();
  return pagedComments(call, found);
}

/** By the time of the last change, which has whole seconds. */
function since(call: Call, comments: readonly IssueComment[]): IssueComment[] {
  const from = call.query.get("since");
  if (from === null) return [...comments];
  return comments.filter(({ updatedAt }) => Math.floor(updatedAt / 1_000) * 1_000 >= Date.parse(from));
}

function pagedComments(call: Call, comments: readonly IssueComment[]): Answer {
  return paged(call, comments, (one) => comment(call.world, call.repository, one));
}

export async function createComment(call: Call): Promise<Answer> {
  const what = { issue: numberIn(call, "issue_number"), body: String(call.body["body"]), app: appOf(call) };
  const made = await addComment(call.world, call.repository, actorOf(call), what);
  return created(comment(call.world, call.repository, made));
}

export async function updateComment(call: Call): Promise<Answer> {
  const what = { id: numberIn(call, "comment_id"), body: String(call.body["body"]) };
  const changed = await editComment(call.world, call.repository, actorOf(call), what);
  return ok(comment(call.world, call.repository, changed));
}

export async function removeComment(call: Call): Promise<Answer> {
  await deleteComment(call.world, call.repository, actorOf(call), numberIn(call, "comment_id"));
  return gone;
}

export async function listCheckRuns(call: Call): Promise<Answer> {
  const { world, repository, query } = call;
  const oid = await commitNamed(call, call.path["ref"] ?? "");
  const name = query.get("check_name");
  const wanted = query.get("status");
  const appId = query.get("app_id");
  const found = repository.checkRuns.filter(
    (run) =>
      run.headSha === oid &&
      (name === null || run.name === name) &&
      (wanted === null || run.status === wanted) &&
      (appId === null || String(run.app.id) === appId),
  );
  const shown = query.get("filter") === "all" ? found : latest(found);
  return paged(
    call,
    shown,
    (run) => checkRun(world, repository, run),
    (runs, total) => ({ total_count: total, check_runs: runs }),
  );
}

/** Of those of one App with one name, the newest. */
function latest(runs: readonly CheckRun[]): CheckRun[] {
  const byName = new Map<string, CheckRun>();
  for (const run of runs) byName.set(`${run.app.id} ${run.name}`, run);
  return [...byName.values()].sort((a, b) => b.id - a.id);
}

export async function postCheckRun(call: Call): Promise<Answer> {
  const run = await createCheckRun(call.world, call.repository, requireApp(call), call.body);
  return created(checkRun(call.world, call.repository, run));
}

export async function patchCheckRun(call: Call): Promise<Answer> {
  const what = { id: numberIn(call, "check_run_id"), fields: call.body };
  const run = await updateCheckRun(call.world, call.repository, requireApp(call), what);
  return ok(checkRun(call.world, call.repository, run));
}

function requireApp(call: Call): App {
  const app = appOf(call);
  if (!app) throw new Refusal(403, "You must authenticate via a GitHub App.");
  return app;
}

/** Newest first. */
export async function listStatuses(call: Call): Promise<Answer> {
  const oid = await commitNamed(call, call.path["ref"] ?? "");
  const found = call.repository.statuses.filter(({ sha }) => sha === oid).reverse();
  return paged(call, found, (one) => status(call.world, call.repository, one));
}

export async function postStatus(call: Call): Promise<Answer> {
  requireRole(call.world, call.repository, actorOf(call), "write");
  const fields = { ...call.body, sha: call.path["sha"] ?? "", state: String(call.body["state"]) };
  const made = await createStatus(call.world, call.repository, actorOf(call), fields);
  return created(status(call.world, call.repository, made));
}
