/** Reads what was said on one pull request: reviews, comments, what happened to it, and who pushed its head. */
import type { z } from "zod";
import { type ForgeBallot, ForgeError, type ForgeProposal } from "../../forge.ts";
import type { GitHubApi, Route } from "../api/api.ts";
import { isAbsence, statusOf } from "../api/failure.ts";
import { activityShape, type Comment, commentShape, eventShape, type Pull, reviewShape } from "../api/shapes.ts";
import type { Actor } from "../credentials/credentials.ts";
import type { Place } from "../place.ts";
import { ballotsOf } from "./ballots.ts";
import type { ReadState } from "./reading-order.ts";
import { headOf, openedAt, type Push, pushOf } from "./times.ts";

/** What was read; texts are thrown away. */
export interface PullContent extends ReadState {
  readonly openedAt: number;
  readonly head: ForgeProposal["head"];
  readonly push: Push | undefined;
  readonly ballots: readonly ForgeBallot[];
  /** Comments of ours that show a report. */
  readonly reports: readonly Comment[];
}

export interface Reader {
  readonly api: GitHubApi;
  readonly actor: Actor;
  readonly place: Place;
}

/** GitHub lets nobody comment beyond 2,500; a longer list is not read, and then the proposal is not judged. */
const pagesMax = 30;

export async function readPull(
  reader: Reader,
  pull: Pull,
  before: PullContent | undefined,
  signal: AbortSignal,
): Promise<PullContent> {
  const readAt = reader.api.now();
  const { number } = pull;
  const [reviews, comments, events, push] = await Promise.all([
    list(reader, `${repository}/pulls/{pull_number}/reviews`, { pull_number: number }, reviewShape, signal),
    list(reader, `${repository}/issues/{issue_number}/comments`, { issue_number: number }, commentShape, signal),
    list(reader, `${repository}/issues/{issue_number}/events`, { issue_number: number }, eventShape, signal),
    // A push that was found once stays found.
    before?.head.oid === pull.head.sha && before.push ? before.push : readPush(reader, pull, signal),
  ]);
  const mergedAt = pull.merged_at ?? undefined;
  const seenBefore = new Map(before?.ballots.map(({ id, choice }) => [id, choice]));
  return {
    updatedAt: pull.updated_at,
    readAt,
    openedAt: openedAt(pull, events),
    head: headOf(pull, events, push),
    push,
    ballots: ballotsOf({ head: pull.head.sha, mergedAt, reviews, comments, events, seenBefore }),
    reports: await ownReports(reader.actor, comments, signal),
  };
}

const repository = "GET /repos/{owner}/{repo}";

async function list<T>(
  { api, actor, place }: Reader,
  route: Route,
  of: Readonly<Record<string, number>>,
  shape: z.ZodType<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const { owner, repo } = place;
  const { items, isCut } = await api.pages(
    actor.authorizer,
    route,
    { owner, repo, ...of },
    shape,
    { pagesMax },
    signal,
  );
  if (isCut) throw new ForgeError("invalid", `${route} has more than ${pagesMax} pages: it is not read any further`);
  return items;
}

/** Only as a hint of who pushed and when: where it is not shown to us, that is not known. */
async function readPush({ api, actor }: Reader, pull: Pull, signal: AbortSignal): Promise<Push | undefined> {
  const { head } = pull;
  if (!head.repo) return undefined;
  const from = { owner: head.repo.owner.login, repo: head.repo.name, ref: `refs/heads/${head.ref}`, per_page: 100 };
  try {
    return pushOf(pull, await api.get(actor.authorizer, `${repository}/activity`, from, activityShape, signal));
  } catch (error) {
    if (isAbsence(error) || statusOf(error) === 403) return undefined;
    throw error;
  }
}

async function ownReports(actor: Actor, comments: readonly Comment[], signal: AbortSignal): Promise<Comment[]> {
  const own: Comment[] = [];
  for (const comment of comments) {
    if (comment.report !== undefined && (await actor.wrote(comment, signal))) own.push(comment);
  }
  return own;
}
