/** What a person does on GitHub, as calls of a test: the same rules as for the API. */
import { addComment, deleteComment, editComment } from "./actions/commenting.ts";
import { type MergeOptions, mergePullRequest } from "./actions/merging.ts";
import { editPullRequest, fork, type NewPullRequest, openPullRequest, pullNumbered } from "./actions/pull-requests.ts";
import { type PushedFiles, pushCommit, pushFiles } from "./actions/pushing.ts";
import { dismissReview, type NewReview, submitReview } from "./actions/reviewing.ts";
import type { FileChanges } from "./git/files.ts";
import type { Account } from "./state/accounts.ts";
import { fullName, type PullRequest, type Repository, type Review } from "./state/repository.ts";
import type { World } from "./state/world.ts";

export interface Opened {
  readonly number: number;
  /** Head commit. */
  readonly head: string;
  readonly branch: string;
}

export class Actor {
  readonly account: Account;
  readonly #world: World;
  readonly #repository: Repository;

  constructor(world: World, account: Account, repository: Repository) {
    this.account = account;
    this.#world = world;
    this.#repository = repository;
  }

  /** One commit onto a branch; `undefined` as content removes a file. Gives the commit. */
  push(branch: string, files: FileChanges, options: Omit<PushedFiles, "branch" | "files"> = {}): Promise<string> {
    return this.#do(() => pushFiles(this.#world, this.#repository, this.account, { branch, files, ...options }));
  }

  /** Moves a branch to a commit that the repository has. */
  pushCommit(branch: string, oid: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    const move = { ref: `refs/heads/${branch}`, oid, force };
    return this.#do(() => pushCommit(this.#world, this.#repository, this.account, move));
  }

  deleteBranch(branch: string): Promise<void> {
    const move = { ref: `refs/heads/${branch}`, oid: undefined };
    return this.#do(() => pushCommit(this.#world, this.#repository, this.account, move));
  }

  /** Gives the name of the fork: the second argument of `double.as` then. */
  fork(): Promise<string> {
    return this.#do(async () => fullName(await fork(this.#world, this.#repository, this.account)));
  }

  openPullRequest(fields: NewPullRequest): Promise<Opened> {
    return this.#do(async () => opened(await openPullRequest(this.#world, this.#repository, this.account, fields)));
  }

  /** A branch with one commit, and a pull request from it; from a fork of one's own with `fork`. */
  async propose(title: string, files: FileChanges, options: ProposeOptions = {}): Promise<Opened> {
    const branch = options.branch ?? `proposal-${this.#repository.nextNumber}`;
    const from = options.fork ? this.#world.repositories.named(await this.fork()) : this.#repository;
    const pusher = new Actor(this.#world, this.account, from);
    await pusher.push(branch, files, { message: title, ...(options.parent && { parent: options.parent }) });
    const head = options.fork ? `${this.account.login}:${branch}` : branch;
    const { body = null, draft = false, base = this.#repository.defaultBranch } = options;
    return this.openPullRequest({ title, head, body, draft, base });
  }

  review(number: number, review: NewReview): Promise<Review> {
    return this.#on(number, (pull) => submitReview(this.#world, pull, this.account, review));
  }

  approve(number: number, commit?: string): Promise<Review> {
    return this.review(number, { event: "APPROVE", ...(commit && { commit }) });
  }

  requestChanges(number: number, body = "no"): Promise<Review> {
    return this.review(number, { event: "REQUEST_CHANGES", body });
  }

  dismissReview(number: number, review: number, message = "dismissed"): Promise<Review> {
    return this.#on(number, (pull) => dismissReview(this.#world, pull, this.account, { id: review, message }));
  }

  /** Gives the comment's number. */
  comment(number: number, body: string): Promise<number> {
    const fields = { issue: number, body };
    return this.#do(async () => (await addComment(this.#world, this.#repository, this.account, fields)).id);
  }

  async editComment(id: number, body: string): Promise<void> {
    await this.#do(() => editComment(this.#world, this.#repository, this.account, { id, body }));
  }

  deleteComment(id: number): Promise<void> {
    return this.#do(() => deleteComment(this.#world, this.#repository, this.account, id));
  }

  /** Gives the base branch's new head. */
  merge(number: number, options: MergeOptions = {}): Promise<string> {
    return this.#on(number, (pull) => mergePullRequest(this.#world, pull, this.account, options));
  }

  edit(number: number, change: { title?: string; body?: string; base?: string }): Promise<void> {
    return this.#on(number, (pull) => editPullRequest(this.#world, pull, this.account, change));
  }

  close(number: number): Promise<void> {
    return this.#on(number, (pull) => editPullRequest(this.#world, pull, this.account, { state: "closed" }));
  }

  reopen(number: number): Promise<void> {
    return this.#on(number, (pull) => editPullRequest(this.#world, pull, this.account, { state: "open" }));
  }

  #on<Value>(number: number, act: (pull: PullRequest) => Promise<Value>): Promise<Value> {
    return this.#do(() => act(pullNumbered(this.#repository, number)));
  }

  #do<Value>(act: () => Promise<Value>): Promise<Value> {
    return this.#world.exclusively(act);
  }
}

export interface ProposeOptions {
  readonly branch?: string;
  readonly fork?: boolean;
  readonly body?: string;
  readonly base?: string;
  readonly draft?: boolean;
  /** Commit to start from; the default branch's head where left out. */
  readonly parent?: string;
}

function opened(pull: PullRequest): Opened {
  return { number: pull.number, head: pull.head.oid, branch: pull.head.ref };
}
