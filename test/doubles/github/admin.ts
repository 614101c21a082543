/** What GitHub, its operators and administrators of a repository can do to it, whatever the rules. */

import { createApp, installApp } from "./actions/installing.ts";
import { mergeByQueue } from "./actions/merging.ts";
import { addPullRequest, pullNumbered } from "./actions/pull-requests.ts";
import { afterPush, pushCommit, pushFiles, seconds } from "./actions/pushing.ts";
import type { FileChanges } from "./git/files.ts";
import type { MergeMethod } from "./git/merging.ts";
import { type Account, type AccountType, personOf } from "./state/accounts.ts";
import type { App, Permissions, Token } from "./state/apps.ts";
import { fullName, headOf, type Repository, type Role } from "./state/repository.ts";
import type { World } from "./state/world.ts";

export class Admin {
  readonly #world: World;
  readonly #primary: () => Repository;

  constructor(world: World, primary: () => Repository) {
    this.#world = world;
    this.#primary = primary;
  }

  /** Without a role they see what is public. Gives their number. */
  addUser(login: string, role?: Role, type: AccountType = "User"): number {
    const account = this.#world.addAccount(login, type);
    if (role) this.#primary().roles.set(account.id, role);
    return account.id;
  }

  setRole(login: string, role: Role | undefined): void {
    const { id } = this.#world.accounts.named(login);
    if (role) this.#primary().roles.set(id, role);
    else this.#primary().roles.delete(id);
  }

  /** Their old login is free for anybody, who then has another number. */
  renameUser(login: string, to: string): void {
    const account = this.#world.accounts.named(login);
    for (const one of this.#world.repositories.ownedBy(account.id)) this.#world.repositories.remember(one);
    this.#world.accounts.rename(login, to);
  }

  deleteUser(login: string): void {
    const account = this.#world.accounts.remove(login);
    for (const one of this.#world.repositories.ownedBy(account.id)) one.isDeleted = true;
  }

  /** The old name leads to the new one, until somebody takes it. */
  renameRepository(to: string): void {
    this.#world.repositories.remember(this.#primary());
    this.#primary().name = to;
  }

  /** What the old owner gave to Apps and tokens is of no use any more. */
  transferRepository(owner: string): void {
    this.#world.repositories.remember(this.#primary());
    this.#primary().owner = this.#world.accounts.byLogin(owner) ?? this.#world.addAccount(owner, "Organization");
    this.#world.apps.forget(this.#primary());
  }

  deleteRepository(): void {
    this.#primary().isDeleted = true;
  }

  /** Several pull requests in one push. Gives the branch's new head. */
  mergeQueue(numbers: readonly number[], options: { method?: MergeMethod } = {}): Promise<string> {
    const pulls = numbers.map((number) => pullNumbered(this.#primary(), number));
    return this.#world.exclusively(() => mergeByQueue(this.#world, pulls, options));
  }

  /** Sets the branch to any commit, backwards or sideways. */
  forcePush(branch: string, oid: string, as = this.#owner()): Promise<void> {
    const move = { ref: `refs/heads/${branch}`, oid, force: true };
    return this.#world.exclusively(() => pushCommit(this.#world, this.#primary(), as, move));
  }

  /** Replaces the branch by one commit without parents. */
  orphan(branch: string, files: FileChanges, as = this.#owner()): Promise<string> {
    const what = { branch, files, parent: null, force: true, message: "A new beginning" };
    return this.#world.exclusively(() => pushFiles(this.#world, this.#primary(), as, what));
  }

  /** What git has was changed behind the double's back: as if pushed by the owner. */
  async rescan(): Promise<void> {
    const repository = this.#primary();
    const now = await repository.store.refs();
    const names = [...new Set([...now.keys(), ...repository.refs.keys()])];
    const moves = names.map((ref) => ({ ref, before: repository.refs.get(ref), after: now.get(ref) }));
    const changed = moves.filter(({ before, after }) => before !== after);
    await this.#world.exclusively(() => afterPush(this.#world, repository, this.#owner(), changed));
  }

  /** Many pull requests of one account at once, each with a file of its own, quickly and without webhooks. Gives their numbers. */
  async openMany(count: number, login: string): Promise<number[]> {
    const repository = this.#primary();
    const actor = this.#world.accounts.named(login);
    const base = repository.defaultBranch;
    const baseOid = headOf(repository, base) ?? "";
    const person = personOf(actor);
    const first = repository.nextNumber;
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const commits = numbers.map((number) => {
      const files = { [`flood/${number}.txt`]: `${number}\n` };
      const commit = { parent: baseOid, files, message: `Flood ${number}`, author: person, committer: person };
      const refs = [`refs/heads/flood-${number}`, `refs/pull/${number}/head`];
      return { commit: { ...commit, at: seconds(this.#world) }, refs };
    });
    await this.#world.exclusively(async () => {
      const oids = await repository.store.importCommits(commits);
      for (const [index, oid] of oids.entries()) {
        const branch = `flood-${first + index}`;
        repository.refs.set(`refs/heads/${branch}`, oid);
        const fields = { actor, title: `Flood ${first + index}`, body: null, draft: false };
        addPullRequest(this.#world, repository, { ...fields, base, baseOid, from: repository, branch, oid });
      }
    });
    return numbers;
  }

  /** A fine-grained token of a person. `repositories`: full names; the one of the double where left out. */
  createToken(
    login: string,
    options: { permissions: Permissions; repositories?: readonly string[]; expiresAt?: number },
  ): Token {
    const named = options.repositories?.map((name) => this.#world.repositories.named(name)) ?? [this.#primary()];
    return this.#world.apps.issue({
      kind: "fine-grained",
      account: this.#world.accounts.named(login),
      permissions: options.permissions,
      repositories: new Set(named),
      expiresAt: options.expiresAt ?? Number.POSITIVE_INFINITY,
    });
  }

  /** Another App on the repository: it may say anything, and nobody else's name is on it. */
  addApp(slug: string, permissions: Permissions): { app: App; token: string } {
    const world = this.#world;
    const app = createApp(world, { slug, owner: this.#owner(), permissions });
    const installation = installApp(world, { app, repository: this.#primary(), permissions });
    const expiresAt = Number.POSITIVE_INFINITY;
    const about = { kind: "installation", account: app.bot, installation, permissions, expiresAt } as const;
    return { app, token: world.apps.issue({ ...about, repositories: undefined }).text };
  }

  revokeToken(text: string): void {
    const token = this.#world.apps.byText(text);
    if (token) token.isRevoked = true;
  }

  /** What the organization granted to the App; tokens that are out have no more than this. */
  setPermissions(permissions: Permissions): void {
    for (const one of this.#world.apps.installations) one.permissions = permissions;
  }

  suspendInstallation(isSuspended = true): void {
    for (const one of this.#world.apps.installations) {
      one.suspendedAt = isSuspended ? this.#world.clock.now() : null;
    }
  }

  uninstall(): void {
    const { installations, tokens } = this.#world.apps;
    for (const token of tokens) if (token.installation) token.isRevoked = true;
    installations.length = 0;
  }

  /** The next merge changes these files too, though nobody asked for it. */
  wrongMerge(files: Readonly<Record<string, string>>): void {
    this.#world.wrongMerges.push(files);
  }

  get repository(): string {
    return fullName(this.#primary());
  }

  #owner(): Account {
    return this.#primary().owner;
  }
}
