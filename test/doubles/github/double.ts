/**
 * A double of GitHub for tests: the part of its REST API, of its webhooks and of its git server that governance uses, with state,
 * over real bare repositories. Commits, trees, merges and pushes are git's own; every answer is held to GitHub's description of
 * its API; `test/github-contract` holds it to the real one. It can be made to break, to be slow and to lie.
 *
 * Not like the real one: what it merges is not signed; whether a pull request can be merged is known at once; there are no
 * branch protections, no pending reviews and no comments on lines.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, installApp } from "./actions/installing.ts";
import { pushFiles } from "./actions/pushing.ts";
import { Actor } from "./actor.ts";
import { Admin } from "./admin.ts";
import { answerApi, type Door } from "./api/door.ts";
import { Exchange } from "./api/exchange.ts";
import { Faults } from "./api/faults.ts";
import { answerGit, isGit } from "./api/git-door.ts";
import { Limits } from "./api/limits.ts";
import { cloneUrl } from "./render/urls.ts";
import { defaultSettings, type GitHubDoubleSettings } from "./settings.ts";
import type { App, Installation } from "./state/apps.ts";
import type { Repository } from "./state/repository.ts";
import { World } from "./state/world.ts";
import { Deliveries } from "./webhooks/deliveries.ts";

/**
 * Starts a double on a free loopback port, with one repository that has one commit, and an App that is installed on it.
 *
 *     const double = await startGitHubDouble({ clock, users: { alice: "write", bob: "read" } });
 *     const { number, head } = await double.as("alice").propose("Add a model", { "models/a.yaml": "…" });
 *     await double.as("bob").approve(number);
 *     await double.as("alice").merge(number, { method: "squash" });
 *     double.faults.add("POST *check-runs", { kind: "status", status: 502 }, 2);
 *     double.webhooks.listen(url); … await double.webhooks.deliver();
 *     await double.stop();
 */
export async function startGitHubDouble(settings: Partial<GitHubDoubleSettings> = {}): Promise<GitHubDouble> {
  const double = new GitHubDouble({ ...defaultSettings(), ...settings });
  await double.start();
  return double;
}

/** Requests that are remembered; older ones are forgotten. */
const requestsMax = 10_000;

export class GitHubDouble {
  readonly settings: GitHubDoubleSettings;
  readonly world: World;
  readonly faults = new Faults();
  readonly limits: Limits;
  readonly admin: Admin;
  readonly webhooks: Deliveries;
  /** The latest requests, oldest first, with the status of their answers; 0 where there was none. */
  readonly requests: { readonly method: string; readonly path: string; status: number }[] = [];
  /** What did not fit GitHub's description: of the double's answers and webhooks, and of its clients' requests. `stop` throws them. */
  readonly mismatches: string[] = [];
  readonly misuses: string[] = [];
  readonly #door: Door;
  #repository: Repository | undefined;
  #app: App | undefined;
  #installation: Installation | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(settings: GitHubDoubleSettings) {
    this.settings = settings;
    this.world = new World(settings.clock, mkdtempSync(join(tmpdir(), "github-double-")));
    this.limits = new Limits(settings.limits, settings.clock);
    this.admin = new Admin(this.world, () => this.repository);
    this.webhooks = new Deliveries(this.world, settings.webhookSecret, this.mismatches);
    const { world, limits, mismatches, misuses } = this;
    this.#door = { world, limits, mismatches, misuses, told: new Map() };
  }

  /** Of the API, as `baseUrl` for Octokit. */
  get url(): string {
    return this.world.origin;
  }

  /** Where the repository is cloned from. */
  get cloneUrl(): string {
    return cloneUrl(this.world, this.repository);
  }

  get repository(): Repository {
    if (!this.#repository) throw new Error("the double has not started: await startGitHubDouble()");
    return this.#repository;
  }

  /** Folder of the bare repository: for looking, not for changing (`admin.rescan`). */
  get gitPath(): string {
    return this.repository.store.path;
  }

  get app(): App {
    if (!this.#app) throw new Error("the double has not started: await startGitHubDouble()");
    return this.#app;
  }

  get installation(): Installation {
    if (!this.#installation) throw new Error("the double has not started: await startGitHubDouble()");
    return this.#installation;
  }

  /** Head of a branch; undefined where there is none. */
  head(branch = this.repository.defaultBranch): string | undefined {
    return this.repository.refs.get(`refs/heads/${branch}`);
  }

  /** A person, in the double's repository or in another, by its full name. */
  as(login: string, repository?: string): Actor {
    const where = repository === undefined ? this.repository : this.world.repositories.named(repository);
    return new Actor(this.world, this.world.accounts.named(login), where);
  }

  /** Listens again on the port it had before, if it had one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.world.origin = `http://127.0.0.1:${this.#port}`;
    this.#server = server;
    if (!this.#repository) await this.#populate();
  }

  /** GitHub is down: every connection is cut. `start` brings it back with all that it had. */
  async goDown(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Ends it and removes what it had. Throws where requests or answers did not fit GitHub's description. */
  async stop(): Promise<void> {
    await this.goDown();
    await this.webhooks.settle();
    await this.world.exclusively(async () => undefined);
    rmSync(this.world.folder, { recursive: true, force: true });
    const found = [...this.mismatches, ...this.misuses];
    if (found.length > 0) throw new Error(`not as GitHub describes its API:\n${[...new Set(found)].join("\n")}`);
  }

  /** Deletes the repository and makes one of the same name, with another number and history, the App installed on it again. */
  async recreateRepository(files = this.settings.files): Promise<void> {
    const { roles } = this.repository;
    this.repository.isDeleted = true;
    await this.#addRepository(files);
    for (const [account, role] of roles) this.repository.roles.set(account, role);
    this.installation.repositories.add(this.repository);
  }

  async #populate(): Promise<void> {
    const { world, settings } = this;
    world.addAccount(settings.owner, "Organization");
    await this.#addRepository(settings.files);
    for (const [login, role] of Object.entries(settings.users)) this.admin.addUser(login, role);
    const { repository } = this;
    const { permissions } = settings;
    this.#app = createApp(world, { slug: "commonhold", owner: repository.owner, permissions });
    this.#installation = installApp(world, { app: this.#app, repository, permissions });
  }

  async #addRepository(files: GitHubDoubleSettings["files"]): Promise<void> {
    const { owner, repository: name, visibility, defaultBranch } = this.settings;
    const account = this.world.accounts.named(owner);
    const made = this.world.addRepository(account, name, { visibility, defaultBranch });
    this.#repository = made;
    await pushFiles(this.world, made, account, { branch: defaultBranch, files, message: "Begin" });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const record = { method, path, status: 0 };
    this.requests.push(record);
    if (this.requests.length > requestsMax) this.requests.shift();
    response.on("finish", () => {
      record.status = response.statusCode;
    });
    const exchange = new Exchange(request, response, this.faults.take(method, path));
    try {
      if (await exchange.broken(this.settings.clock)) return;
      if (isGit(exchange.url.pathname)) await answerGit(this.world, exchange);
      else await answerApi(this.#door, exchange);
    } catch {
      // The client went away: there is nobody left to answer.
      request.socket.destroy();
    }
  }
}
