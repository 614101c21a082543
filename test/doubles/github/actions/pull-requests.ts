/** Opening, editing, closing and reopening pull requests, and what is worked out about them later. */
import { webFlow } from "../git/merging.ts";
import type { Account } from "../state/accounts.ts";
import { invalid, notFound, Refusal } from "../state/refusal.ts";
import {
  type Counts,
  fullName,
  headOf,
  type PullRequest,
  type Repository,
  setPullRef,
  type Trial,
} from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { closePull, seconds, touch } from "./pushing.ts";
import { requireRole, roleIn } from "./roles.ts";
import { tellPullRequest } from "./telling.ts";

export interface NewPullRequest {
  readonly title: string;
  /** `branch`, or `owner:branch` of a fork. */
  readonly head: string;
  readonly base?: string;
  readonly body?: string | null;
  readonly draft?: boolean;
}

export async function openPullRequest(
  world: World,
  repository: Repository,
  actor: Account,
  { title, head, base = repository.defaultBranch, body = null, draft = false }: NewPullRequest,
): Promise<PullRequest> {
  requireRole(world, repository, actor, "read");
  const { from, branch } = headNamed(world, repository, head);
  const oid = headOf(from, branch);
  const baseOid = headOf(repository, base);
  if (oid === undefined) throw invalid("PullRequest", { field: "head", code: "invalid" });
  if (baseOid === undefined) throw invalid("PullRequest", { field: "base", code: "invalid" });
  const label = `${from.owner.login}:${branch}`;
  const twin = [...repository.pulls.values()].find(
    (one) => one.state === "open" && one.head.repository === from && one.head.ref === branch && one.base.ref === base,
  );
  if (twin) throw invalid("PullRequest", { message: `A pull request already exists for ${label}.` });
  if ((await repository.store.range([oid], [baseOid])).length === 0) {
    throw invalid("PullRequest", { message: `No commits between ${base} and ${branch}` });
  }
  const pull = addPullRequest(world, repository, { actor, title, body, draft, base, baseOid, from, branch, oid });
  await tellPullRequest(world, pull, actor, "opened");
  return pull;
}

export function addPullRequest(
  world: World,
  repository: Repository,
  fields: {
    actor: Account;
    title: string;
    body: string | null;
    draft: boolean;
    base: string;
    baseOid: string;
    from: Repository;
    branch: string;
    oid: string;
  },
): PullRequest {
  const now = world.clock.now();
  const pull: PullRequest = {
    id: world.nextId(),
    number: repository.nextNumber++,
    repository,
    title: fields.title,
    body: fields.body,
    user: fields.actor,
    state: "open",
    isDraft: fields.draft,
    createdAt: now,
    updatedAt: now,
    base: { ref: fields.base, oid: fields.baseOid },
    head: { repository: fields.from, ref: fields.branch, oid: fields.oid },
    reviews: [],
  };
  repository.pulls.set(pull.number, pull);
  setPullRef(pull, "head", fields.oid);
  return pull;
}

export async function editPullRequest(
  world: World,
  pull: PullRequest,
  actor: Account,
  change: { title?: string; body?: string; base?: string; state?: "open" | "closed" },
): Promise<void> {
  if (actor !== pull.user) requireRole(world, pull.repository, actor, "write");
  const changes: Record<string, unknown> = {};
  if (change.title !== undefined && change.title !== pull.title) {
    changes["title"] = { from: pull.title };
    pull.title = change.title;
  }
  if (change.body !== undefined && change.body !== pull.body) {
    changes["body"] = { from: pull.body ?? "" };
    pull.body = change.body;
  }
  if (change.base !== undefined && change.base !== pull.base.ref) {
    const oid = headOf(pull.repository, change.base);
    if (oid === undefined) throw invalid("PullRequest", { field: "base", code: "invalid" });
    changes["base"] = { ref: { from: pull.base.ref }, sha: { from: pull.base.oid } };
    pull.base = { ref: change.base, oid };
  }
  if (Object.keys(changes).length > 0) {
    touch(world, pull);
    await tellPullRequest(world, pull, actor, "edited", { changes });
  }
  if (change.state === "closed" && pull.state === "open") await closePull(world, pull, actor);
  if (change.state === "open" && pull.state === "closed") await reopen(world, pull, actor);
}

async function reopen(world: World, pull: PullRequest, actor: Account): Promise<void> {
  const head = headOf(pull.head.repository, pull.head.ref);
  if (pull.merged || head === undefined) {
    throw invalid("PullRequest", { field: "state", message: "state cannot be changed." });
  }
  pull.state = "open";
  pull.closedAt = undefined;
  pull.head = { ...pull.head, oid: head };
  touch(world, pull);
  setPullRef(pull, "head", head);
  await tellPullRequest(world, pull, actor, "reopened");
}

/** Tries the merge where base or head moved since the last try, and keeps `refs/pull/N/merge`. */
export async function trialOf(world: World, pull: PullRequest): Promise<Trial | undefined> {
  const { repository } = pull;
  const base = headOf(repository, pull.base.ref);
  if (pull.state !== "open" || base === undefined) return undefined;
  if (pull.trial?.base === base && pull.trial.head === pull.head.oid) return pull.trial;
  const head = pull.head.oid;
  const tree = await repository.store.mergeTree(base, head);
  if (tree === undefined) {
    setPullRef(pull, "merge", undefined);
    pull.trial = { base, head, commit: undefined };
    return pull.trial;
  }
  const message = `Merge ${head} into ${base}`;
  const by = { author: webFlow, committer: webFlow };
  const commit = repository.store.writeCommit({ tree, parents: [base, head], message, ...by, at: seconds(world) });
  setPullRef(pull, "merge", commit);
  pull.trial = { base, head, commit };
  return pull.trial;
}

/** What only the answer for one pull request has. */
export async function countsOf(pull: PullRequest): Promise<Counts> {
  const base = pull.base.oid;
  const head = pull.head.oid;
  if (pull.counts?.base === base && pull.counts.head === head) return pull.counts;
  const { store } = pull.repository;
  const commits = (await store.range([head], [base])).length;
  pull.counts = { base, head, commits, ...(await store.statistics(base, head)) };
  return pull.counts;
}

export function pullNumbered(repository: Repository, number: number): PullRequest {
  const pull = repository.pulls.get(number);
  if (!pull) throw notFound();
  return pull;
}

function headNamed(world: World, base: Repository, head: string): { from: Repository; branch: string } {
  const [owner, branch] = head.includes(":") ? head.split(":", 2) : [undefined, head];
  if (owner === undefined || owner.toLowerCase() === base.owner.login.toLowerCase()) {
    return { from: base, branch: branch ?? "" };
  }
  const fork = world.repositories.forksOf(base).find((one) => one.owner.login.toLowerCase() === owner.toLowerCase());
  if (!fork) throw invalid("PullRequest", { field: "head", code: "invalid" });
  return { from: fork, branch: branch ?? "" };
}

/** A repository of one's own with the same objects and branches. */
export async function fork(world: World, repository: Repository, actor: Account): Promise<Repository> {
  requireRole(world, repository, actor, "read");
  const existing = world.repositories.forksOf(repository).find((one) => one.owner === actor);
  if (existing) return existing;
  if (world.repositories.byName(actor.login, repository.name)) {
    throw new Refusal(422, `${actor.login} has a repository ${fullName(repository)} already`);
  }
  const { visibility, defaultBranch, name } = repository;
  const made = world.addRepository(actor, name, { visibility, defaultBranch, parent: repository });
  const branches = [...repository.refs].filter(([ref]) => ref.startsWith("refs/heads/"));
  await made.store.updateRefs(branches);
  made.refs = new Map(branches);
  // Who administers a private repository sees its forks.
  for (const [account, role] of repository.roles)
    made.roles.set(account, roleIn(world, repository, actor) ? "read" : role);
  return made;
}
