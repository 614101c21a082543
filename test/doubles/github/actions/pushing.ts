/** A push, and all that follows from one: heads of pull requests move, merges are noticed, the activity list grows. */
import type { FileChanges, Person } from "../git/files.ts";
import type { Oid } from "../git/store.ts";
import { type Account, personOf } from "../state/accounts.ts";
import { Refusal } from "../state/refusal.ts";
import {
  type ActivityType,
  headOf,
  noOid,
  openFrom,
  type PullRequest,
  type Repository,
  setPullRef,
} from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { requireRole } from "./roles.ts";
import { tellPullRequest, tellPush } from "./telling.ts";

export interface PushedFiles {
  readonly branch: string;
  readonly files: FileChanges;
  readonly message?: string;
  /** Commit to go on from; null: none, a history of its own. Without it the branch's head, or that of the default branch. */
  readonly parent?: Oid | null;
  /** Needed where `parent` is not the branch's head. */
  readonly force?: boolean;
  readonly author?: Person;
}

/** One commit onto a branch. Gives its id. */
export async function pushFiles(
  world: World,
  repository: Repository,
  actor: Account,
  { branch, files, message = "Change files", parent, force = false, author }: PushedFiles,
): Promise<Oid> {
  requireRole(world, repository, actor, "write");
  const ref = `refs/heads/${branch}`;
  const before = repository.refs.get(ref);
  const from = parent === undefined ? (before ?? headOf(repository, repository.defaultBranch)) : (parent ?? undefined);
  if (before !== undefined && from !== before && !force) throw notFastForward(branch);
  const person = author ?? personOf(actor);
  const commit = { parent: from, files, message, author: person, committer: person, at: seconds(world) };
  const [after = ""] = await repository.store.importCommits([{ commit, refs: [ref] }]);
  await afterPush(world, repository, actor, [{ ref, before, after }]);
  return after;
}

/** Moves a branch to a commit that is there already; undefined removes it. */
export async function pushCommit(
  world: World,
  repository: Repository,
  actor: Account,
  { ref, oid, force = false }: { ref: string; oid: Oid | undefined; force?: boolean },
): Promise<void> {
  requireRole(world, repository, actor, "write");
  const before = repository.refs.get(ref);
  if (before === oid) return;
  if (before && oid && !force && !(await repository.store.isAncestor(before, oid))) throw notFastForward(ref);
  await repository.store.updateRefs([[ref, oid]]);
  await afterPush(world, repository, actor, [{ ref, before, after: oid }]);
}

export interface RefMove {
  readonly ref: string;
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
}

/** To be called when the bare repository has the new refs. `type`: what the activity list says of it. */
export async function afterPush(
  world: World,
  repository: Repository,
  actor: Account,
  moves: readonly RefMove[],
  type?: ActivityType,
): Promise<void> {
  for (const move of moves) {
    if (move.after) repository.refs.set(move.ref, move.after);
    else repository.refs.delete(move.ref);
  }
  repository.pushedAt = world.clock.now();
  repository.updatedAt = world.clock.now();
  for (const move of moves) {
    if (!move.ref.startsWith("refs/heads/")) continue;
    // A merge goes on from the branch's head, and need not be looked at.
    const forced = type === undefined && (await isForced(repository, move));
    const { ref, before = noOid, after = noOid } = move;
    const kind = type ?? typeOf(move, forced);
    repository.activity.push({ id: world.nextId(), before, after, ref, at: world.clock.now(), type: kind, actor });
    await tellPush(world, { repository, actor, move, forced });
    await moveHeads(world, repository, actor, move);
    await moveBase(world, repository, actor, move);
  }
}

async function isForced(repository: Repository, { before, after }: RefMove): Promise<boolean> {
  return before !== undefined && after !== undefined && !(await repository.store.isAncestor(before, after));
}

function typeOf({ before, after }: RefMove, forced: boolean): ActivityType {
  if (after === undefined) return "branch_deletion";
  if (before === undefined) return "branch_creation";
  return forced ? "force_push" : "push";
}

/** Pull requests from the branch: a new head, or closed where the branch is gone. */
async function moveHeads(world: World, repository: Repository, actor: Account, { ref, after }: RefMove): Promise<void> {
  const branch = ref.slice("refs/heads/".length);
  for (const pull of openFrom(repository, branch)) {
    if (after === undefined) {
      await closePull(world, pull, actor);
      continue;
    }
    const before = pull.head.oid;
    pull.head = { ...pull.head, oid: after };
    touch(world, pull);
    const base = headOf(pull.repository, pull.base.ref);
    if (base) pull.base = { ...pull.base, oid: base };
    setPullRef(pull, "head", after);
    await tellPullRequest(world, pull, actor, "synchronize", { before, after });
  }
}

/** Pull requests into the branch: merged where the push brought their head, closed where the branch is gone. */
async function moveBase(world: World, repository: Repository, actor: Account, move: RefMove): Promise<void> {
  const branch = move.ref.slice("refs/heads/".length);
  const open = [...repository.pulls.values()].filter(({ state, base }) => state === "open" && base.ref === branch);
  if (open.length === 0) return;
  const { before, after } = move;
  if (after === undefined) {
    for (const pull of open) await closePull(world, pull, actor);
    return;
  }
  const arrived = new Set(await repository.store.range([after], before ? [before] : []));
  for (const pull of open.filter(({ head }) => arrived.has(head.oid))) {
    const commit = await firstWith(repository, [...arrived], pull.head.oid);
    const landed = await repository.store.range([pull.head.oid], before ? [before] : []);
    markMerged(world, pull, { by: actor, commit, landed: [...new Set([...landed, commit])] });
    await tellPullRequest(world, pull, actor, "closed");
  }
}

/** The oldest of the commits that has the head in its history. */
async function firstWith(repository: Repository, commits: readonly Oid[], head: Oid): Promise<Oid> {
  for (const oid of commits) {
    if (oid !== head && (await repository.store.isAncestor(head, oid))) {
      const facts = await repository.store.commit(oid);
      // Only a merge brought it; a commit on top of it did not.
      return facts && facts.parents.length > 1 ? oid : head;
    }
  }
  return head;
}

export async function closePull(world: World, pull: PullRequest, actor: Account): Promise<void> {
  pull.state = "closed";
  pull.closedAt = world.clock.now();
  touch(world, pull);
  setPullRef(pull, "merge", undefined);
  await tellPullRequest(world, pull, actor, "closed");
}

export function markMerged(
  world: World,
  pull: PullRequest,
  { by, commit, landed }: { by: Account; commit: Oid; landed: readonly Oid[] },
): void {
  const at = world.clock.now();
  pull.merged = { at, by, commit, landed };
  pull.state = "closed";
  pull.closedAt = at;
  touch(world, pull);
  setPullRef(pull, "merge", undefined);
}

export function touch(world: World, pull: PullRequest): void {
  pull.updatedAt = world.clock.now();
}

export function seconds(world: World): number {
  return Math.floor(world.clock.now() / 1_000);
}

function notFastForward(branch: string): Refusal {
  return new Refusal(422, "Update is not a fast forward", { errors: [`${branch} has commits that this push has not`] });
}
