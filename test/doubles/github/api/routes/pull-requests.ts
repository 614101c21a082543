/** Pull requests and their reviews. */

import { mergePullRequest } from "../../actions/merging.ts";
import { countsOf, editPullRequest, openPullRequest, pullNumbered, trialOf } from "../../actions/pull-requests.ts";
import { dismissReview, type ReviewEvent, submitReview } from "../../actions/reviewing.ts";
import type { MergeMethod } from "../../git/merging.ts";
import { dismissals, fullPullRequest, pullRequest, review } from "../../render/pull-request.ts";
import { Refusal } from "../../state/refusal.ts";
import { headOf, type PullRequest } from "../../state/repository.ts";
import { type Answer, actorOf, type Call, commitNamed, created, numberIn, ok, paged } from "../call.ts";

export function listPulls(call: Call): Answer {
  const { world, repository, query } = call;
  const state = query.get("state") ?? "open";
  const base = query.get("base");
  const head = query.get("head");
  const sort = query.get("sort") ?? "created";
  const descending = (query.get("direction") ?? (sort === "created" ? "desc" : "asc")) === "desc";
  const found = [...repository.pulls.values()].filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (base === null || pull.base.ref === base) &&
      (head === null || `${pull.head.repository.owner.login}:${pull.head.ref}` === head),
  );
  const time = (pull: PullRequest): number => (sort === "updated" ? pull.updatedAt : pull.createdAt);
  found.sort((a, b) => time(a) - time(b) || a.number - b.number);
  if (descending) found.reverse();
  return paged(call, found, (pull) => pullRequest(world, pull));
}

export async function getPull(call: Call): Promise<Answer> {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  return ok(await full(call, pull));
}

export async function createPull(call: Call): Promise<Answer> {
  const { world, repository, body } = call;
  const {
    title,
    head,
    base,
    draft,
    body: text,
  } = body as Record<"title" | "head" | "base" | "body", string> & {
    draft?: boolean;
  };
  if (title === undefined) throw new Refusal(422, "Validation Failed", { errors: ["title is missing"] });
  const pull = await openPullRequest(world, repository, actorOf(call), {
    title,
    head,
    base,
    body: text ?? null,
    draft: draft ?? false,
  });
  return created(await full(call, pull));
}

export async function updatePull(call: Call): Promise<Answer> {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  await editPullRequest(call.world, pull, actorOf(call), call.body);
  return ok(await full(call, pull));
}

export async function mergePull(call: Call): Promise<Answer> {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  const {
    sha,
    merge_method: method,
    commit_title: title,
    commit_message: message,
  } = call.body as Record<string, string>;
  const landed = await mergePullRequest(call.world, pull, actorOf(call), {
    method: (method ?? "merge") as MergeMethod,
    ...(sha !== undefined && { sha }),
    ...(title !== undefined && { title }),
    ...(message !== undefined && { message }),
  });
  return ok({ sha: landed, merged: true, message: "Pull Request successfully merged" });
}

async function full({ world }: Call, pull: PullRequest): Promise<unknown> {
  await trialOf(world, pull);
  return fullPullRequest(world, pull, await countsOf(pull));
}

/** On the default branch: what brought the commit there. Elsewhere: whatever has it. */
export async function listPullsOfCommit(call: Call): Promise<Answer> {
  const { world, repository } = call;
  const oid = await commitNamed(call, call.path["commit_sha"] ?? "");
  const all = [...repository.pulls.values()];
  const main = headOf(repository, repository.defaultBranch);
  const isOnMain = main !== undefined && (await repository.store.isAncestor(oid, main));
  const found = isOnMain
    ? all.filter((pull) => pull.merged?.landed.includes(oid) && pull.base.ref === repository.defaultBranch)
    : await pullsWith(call, all, oid);
  return paged(call, found, (pull) => pullRequest(world, pull));
}

async function pullsWith({ repository }: Call, pulls: readonly PullRequest[], oid: string): Promise<PullRequest[]> {
  const found: PullRequest[] = [];
  for (const pull of pulls) {
    const hasIt = pull.head.oid === oid || (await repository.store.isAncestor(oid, pull.head.oid));
    if (hasIt) found.push(pull);
  }
  return found;
}

export function listReviews(call: Call): Answer {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  return paged(call, pull.reviews, (one) => review(call.world, pull, one));
}

export async function createReview(call: Call): Promise<Answer> {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  const { event, body, commit_id: commit } = call.body as Record<string, string>;
  if (event === undefined) throw new Error("the double keeps no pending reviews: name an event");
  const made = await submitReview(call.world, pull, actorOf(call), {
    event: event as ReviewEvent,
    ...(body !== undefined && { body }),
    ...(commit !== undefined && { commit }),
  });
  return ok(review(call.world, pull, made));
}

export async function dismiss(call: Call): Promise<Answer> {
  const pull = pullNumbered(call.repository, numberIn(call, "pull_number"));
  const what = { id: numberIn(call, "review_id"), message: String(call.body["message"]) };
  return ok(review(call.world, pull, await dismissReview(call.world, pull, actorOf(call), what)));
}

/** Of all that happens to a pull request, the double lists who dismissed a review. */
export function listEvents(call: Call): Answer {
  const pull = pullNumbered(call.repository, numberIn(call, "issue_number"));
  return paged(call, dismissals(call.world, pull), (event) => event);
}
