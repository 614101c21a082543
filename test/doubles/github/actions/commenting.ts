/** Comments on pull requests. An edit leaves no trace but the time. */
import type { Account } from "../state/accounts.ts";
import type { App } from "../state/apps.ts";
import { notFound } from "../state/refusal.ts";
import type { IssueComment, Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { pullNumbered } from "./pull-requests.ts";
import { touch } from "./pushing.ts";
import { requireRole } from "./roles.ts";
import { tellComment } from "./telling.ts";

export async function addComment(
  world: World,
  repository: Repository,
  actor: Account,
  { issue, body, app }: { issue: number; body: string; app?: App | undefined },
): Promise<IssueComment> {
  requireRole(world, repository, actor, "read");
  const pull = pullNumbered(repository, issue);
  const now = world.clock.now();
  const comment = { id: world.nextId(), issue, user: actor, app, body, createdAt: now, updatedAt: now };
  repository.comments.push(comment);
  touch(world, pull);
  await tellComment(world, repository, comment, actor, "created");
  return comment;
}

/** By its author, or by whoever may write to the repository. */
export async function editComment(
  world: World,
  repository: Repository,
  actor: Account,
  { id, body }: { id: number; body: string },
): Promise<IssueComment> {
  const comment = commentNumbered(repository, id);
  if (comment.user !== actor) requireRole(world, repository, actor, "write");
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.clock.now();
  touch(world, pullNumbered(repository, comment.issue));
  await tellComment(world, repository, comment, actor, "edited", { changes: { body: { from } } });
  return comment;
}

export async function deleteComment(world: World, repository: Repository, actor: Account, id: number): Promise<void> {
  const comment = commentNumbered(repository, id);
  if (comment.user !== actor) requireRole(world, repository, actor, "write");
  repository.comments.splice(repository.comments.indexOf(comment), 1);
  await tellComment(world, repository, comment, actor, "deleted");
}

export function commentNumbered(repository: Repository, id: number): IssueComment {
  const comment = repository.comments.find((one) => one.id === id);
  if (!comment) throw notFound();
  return comment;
}
