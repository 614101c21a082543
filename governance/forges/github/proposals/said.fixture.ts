/** Builders of what GitHub says, for the tests of this folder. Times are in minutes from `start`. */
import type { Account } from "../../../constitution/snapshot.ts";
import { type Comment, commentShape, type IssueEvent, type Pull, type Review } from "../api/shapes.ts";

export const start = Date.UTC(2026, 0, 10);
export const minutes = (count: number): number => start + count * 60_000;
export const head = "1".repeat(40);
export const oldHead = "2".repeat(40);

export function person(id: number, fields: Partial<Extract<Account, { kind: "github" }>> = {}): Account {
  return { kind: "github", id, login: `user-${id}`, isBot: false, ...fields };
}

export function pull(number: number, fields: Partial<Pull> = {}): Pull {
  return {
    number,
    state: "open",
    title: `Proposal ${number}`,
    html_url: `https://github.com/community/policy/pull/${number}`,
    user: person(101),
    created_at: start,
    updated_at: start,
    closed_at: null,
    merged_at: null,
    merge_commit_sha: null,
    head: { ref: "proposal", sha: head, repo: { id: 1, name: "policy", owner: { login: "community" } } },
    base: { ref: "main", repo: { id: 1 } },
    isEmergency: false,
    ...fields,
  };
}

export function review(id: number, state: string, fields: Partial<Review> = {}): Review {
  return { id, user: person(102), state, submitted_at: minutes(id), commit_id: head, isReasoned: false, ...fields };
}

export function comment(
  id: number,
  body: string,
  fields: { at?: number; edited?: number; by?: Account | null } = {},
): Comment {
  const { at = minutes(id), edited = at, by = person(102) } = fields;
  const user = by?.kind === "github" ? { id: by.id, login: by.login, type: by.isBot ? "Bot" : "User" } : null;
  return commentShape.parse({
    id,
    body,
    user,
    html_url: `https://github.com/c/${id}`,
    created_at: new Date(at).toISOString(),
    updated_at: new Date(edited).toISOString(),
  });
}

export function dismissed(reviewId: number, state: string, at: number, actor: Account): IssueEvent {
  return {
    id: 9_000 + reviewId,
    event: "review_dismissed",
    actor,
    created_at: at,
    dismissed_review: { review_id: reviewId, state },
  };
}

export function happened(event: string, at: number): IssueEvent {
  return { id: at, event, actor: person(101), created_at: at };
}
