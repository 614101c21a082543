/** All that the double remembers. One change at a time: `exclusively` is the database's lock. */
import { join } from "node:path";
import type { Clock } from "../../../../operator/clock/clock.ts";
import { GitStore } from "../git/store.ts";
import { type Account, Accounts, type AccountType } from "./accounts.ts";
import { Apps } from "./apps.ts";
import { Repositories } from "./repositories.ts";
import type { Repository, Role } from "./repository.ts";

/** Something happened that webhooks tell. */
export interface Happening {
  readonly event: "pull_request" | "pull_request_review" | "issue_comment" | "push" | "check_run";
  /** Not of a push. */
  readonly action?: string;
  readonly repository: Repository;
  readonly sender: Account;
}

export class World {
  readonly clock: Clock;
  readonly folder: string;
  readonly accounts = new Accounts();
  readonly repositories = new Repositories();
  readonly apps = new Apps();
  /** `http://127.0.0.1:PORT`: of the API, the web pages and git alike. */
  origin = "";
  /** Hears of everything that happens, with what the payload has beside action, repository, sender and installation. */
  listener: ((happening: Happening, payload: Readonly<Record<string, unknown>>) => void) | undefined;
  /** Files that the next merges change although nobody asked for it, one entry per merge. */
  readonly wrongMerges: Readonly<Record<string, string>>[] = [];
  #lastId = 1_000;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, folder: string) {
    this.clock = clock;
    this.folder = folder;
  }

  nextId(): number {
    return ++this.#lastId;
  }

  exclusively<Value>(act: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(act, act);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Makes the payload only where somebody listens. */
  async tell(happening: Happening, payload: () => Promise<Record<string, unknown>>): Promise<void> {
    if (this.listener) this.listener(happening, await payload());
  }

  addAccount(login: string, type: AccountType = "User"): Account {
    return this.accounts.add(login, type, this.nextId(), this.clock.now());
  }

  /** Without a commit. */
  addRepository(owner: Account, name: string, options: RepositoryOptions): Repository {
    const id = this.nextId();
    const now = this.clock.now();
    const network = options.parent?.store;
    const repository: Repository = {
      id,
      owner,
      name,
      visibility: options.visibility,
      defaultBranch: options.defaultBranch,
      store: GitStore.create(join(this.folder, `${id}.git`), options.defaultBranch, network),
      ...(options.parent && { parent: options.parent }),
      createdAt: now,
      updatedAt: now,
      pushedAt: now,
      isDeleted: false,
      roles: new Map<number, Role>(),
      refs: new Map(),
      nextNumber: 1,
      pulls: new Map(),
      comments: [],
      checkRuns: [],
      statuses: [],
      activity: [],
    };
    this.repositories.add(repository);
    return repository;
  }
}

export interface RepositoryOptions {
  readonly visibility: "public" | "private";
  readonly defaultBranch: string;
  readonly parent?: Repository;
}
