/** A forge on GitHub over the double: one clock for both, a local repository, members alice, bob and carol. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Forge, ForgeProposal } from "../../governance/forges/forge.ts";
import type { GitHubCredentials } from "../../governance/forges/github/credentials/credentials.ts";
import { createGitHubForge, type GitHubForgeOptions } from "../../governance/forges/github/github-forge.ts";
import { permissions } from "../../governance/forges/github/permissions.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository } from "../../governance/git/repository.ts";
import { ManualClock } from "../../operator/clock/manual.ts";
import { type GitHubDouble, startGitHubDouble } from "../doubles/github/double.ts";
import type { GitHubDoubleSettings } from "../doubles/github/settings.ts";
import type { Permissions } from "../doubles/github/state/apps.ts";

export const members = ["alice", "bob", "carol"] as const;

export class World {
  readonly clock: ManualClock;
  readonly warnings: string[] = [];
  readonly double: GitHubDouble;
  readonly repository: GitRepository;
  readonly memberKeys = new Set<string>();
  readonly signal = new AbortController().signal;
  readonly #folder: string;

  private constructor(double: GitHubDouble, repository: GitRepository, folder: string, clock: ManualClock) {
    this.double = double;
    this.repository = repository;
    this.#folder = folder;
    this.clock = clock;
  }

  static async start(settings: Partial<GitHubDoubleSettings> = {}): Promise<World> {
    const clock = new ManualClock(Date.UTC(2026, 0, 10));
    const double = await startGitHubDouble({ clock, permissions: permissionsFor("app"), ...settings });
    double.admin.addUser("service", "write");
    double.admin.addUser("mallory");
    const folder = await mkdtemp(join(tmpdir(), "github-forge-"));
    const repository = await openRepository({ path: join(folder, "repository.git"), environment: process.env });
    return new World(double, repository, folder, clock);
  }

  async stop(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await this.double.stop();
  }

  get app(): GitHubCredentials {
    const { id, privateKey } = this.double.app;
    return { kind: "app", appId: id, privateKey };
  }

  /** Of the account `service`, with what the table asks for and nothing more. */
  token(login = "service"): GitHubCredentials {
    const token = this.double.admin.createToken(login, { permissions: permissionsFor("token") });
    return { kind: "token", token: token.text };
  }

  /** As a service that was just started. */
  forge(credentials: GitHubCredentials = this.app, options: Partial<GitHubForgeOptions> = {}): Forge {
    const numbers = members.map((login) => this.double.world.accounts.byLogin(login)?.id);
    return createGitHubForge({
      repository: this.repository,
      name: "community/policy",
      repositoryId: this.double.repository.id,
      credentials,
      isMember: (id) => numbers.includes(id),
      isMemberKey: (key) => this.memberKeys.has(key),
      clock: this.clock,
      logger: { warn: (...words: unknown[]) => void this.warnings.push(JSON.stringify(words)) },
      fetch: globalThis.fetch,
      apiUrl: this.double.url,
      gitUrl: (name) => `${this.double.url}/${name}.git`,
      ...options,
    });
  }

  async proposals(forge: Forge, since = 0): Promise<readonly ForgeProposal[]> {
    return (await forge.proposals(since, this.signal)).proposals;
  }

  async proposal(forge: Forge, number: number): Promise<ForgeProposal> {
    const all = await this.proposals(forge);
    const found = all.find(({ label }) => label === `#${number}`);
    if (!found) throw new Error(`#${number} is not among ${all.map(({ label }) => label).join(", ") || "none"}`);
    return found;
  }

  /** Requests since `from`, as `METHOD /path` without queries. */
  requests(from = 0): string[] {
    return this.double.requests.slice(from).map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  }

  /** How many of the App's or account's requests counted so far. */
  get counted(): number {
    return this.double.requests.filter(({ status }) => status !== 304).length;
  }
}

function permissionsFor(mode: "app" | "token"): Permissions {
  const own = permissions.filter((one) => one.for.includes(mode));
  return Object.fromEntries(own.map(({ name, access }) => [name, access]));
}
