/** Reviews: whose, of which commit, and what became of them. A push changes none of them. */
import type { Account } from "../state/accounts.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import type { PullRequest, Review, ReviewState } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { touch } from "./pushing.ts";
import { requireRole } from "./roles.ts";
import { tellReview } from "./telling.ts";

export type ReviewEvent = "APPROVE" | "REQUEST_CHANGES" | "COMMENT";

const states: Readonly<Record<ReviewEvent, ReviewState>> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

export interface NewReview {
  readonly event: ReviewEvent;
  readonly body?: string;
  /** The head at the time, where left out. */
  readonly commit?: string;
}

export async function submitReview(
  world: World,
  pull: PullRequest,
  actor: Account,
  { event, body = "", commit = pull.head.oid }: NewReview,
): Promise<Review> {
  requireRole(world, pull.repository, actor, "read");
  if (actor === pull.user && event !== "COMMENT") {
    const what = event === "APPROVE" ? "approve" : "request changes on";
    throw unprocessable(`Can not ${what} your own pull request`);
  }
  if (event !== "APPROVE" && body === "") throw unprocessable("Body can't be blank");
  if (!(await belongs(pull, commit))) throw unprocessable("Commit is not part of the pull request");
  const at = world.clock.now();
  const review: Review = { id: world.nextId(), user: actor, body, state: states[event], commit, submittedAt: at };
  pull.reviews.push(review);
  touch(world, pull);
  await tellReview(world, pull, review, actor, "submitted");
  return review;
}

/** What the review said is lost from it; who took it away stands only in the pull request's events. */
export async function dismissReview(
  world: World,
  pull: PullRequest,
  actor: Account,
  { id, message }: { id: number; message: string },
): Promise<Review> {
  requireRole(world, pull.repository, actor, "write");
  const review = pull.reviews.find((one) => one.id === id);
  if (!review) throw notFound();
  if (review.state === "DISMISSED" || review.state === "COMMENTED") {
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  review.dismissal = { by: actor, message, state: review.state, at: world.clock.now(), event: world.nextId() };
  review.state = "DISMISSED";
  touch(world, pull);
  await tellReview(world, pull, review, actor, "dismissed");
  return review;
}

async function belongs(pull: PullRequest, commit: string): Promise<boolean> {
  if (commit === pull.head.oid) return true;
  if (!(await pull.repository.store.exists(commit))) return false;
  return (await pull.repository.store.range([pull.head.oid], [pull.base.oid])).includes(commit);
}

function unprocessable(error: string): Refusal {
  return new Refusal(422, "Unprocessable Entity", { errors: [error] });
}
