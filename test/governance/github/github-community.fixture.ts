/**
 * The three friends on GitHub: their policy repository is the double's, they have accounts and SSH keys, the service reads them through
 * the GitHub forge, and double and service go by one clock that only the test moves. Members' signed ballots are written straight
 * into the double's bare repository, as if pushed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Choice } from "../../../governance/constitution/snapshot.ts";
import { planDigest } from "../../../governance/evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../../governance/forges/git/ballot.ts";
import { ballotBoxOnGithub, remoteRefs } from "../../../governance/forges/git/names.ts";
import type { GitHubCredentials } from "../../../governance/forges/github/credentials/credentials.ts";
import { createGitHubForge } from "../../../governance/forges/github/github-forge.ts";
import { permissions } from "../../../governance/forges/github/permissions.ts";
import { openRepository } from "../../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import type { DecisionLog } from "../../../governance/log/decision-log.ts";
import type { Governance } from "../../../governance/service/governance.ts";
import {
  day,
  type Files,
  genesisFiles,
  keys,
  membersOnGitHub,
  minute,
  type Name,
} from "../../../governance/service/testing/policy.fixture.ts";
import {
  type ForgeNeeds,
  logFrom,
  type Service,
  startService,
} from "../../../governance/service/testing/service.fixture.ts";
import { lastRatified } from "../../../governance/verification/ratified.ts";
import { ManualClock } from "../../../operator/clock/manual.ts";
import type { MergeOptions } from "../../doubles/github/actions/merging.ts";
import type { ProposeOptions } from "../../doubles/github/actor.ts";
import { type GitHubDouble, startGitHubDouble } from "../../doubles/github/double.ts";
import type { GitHubDoubleSettings } from "../../doubles/github/settings.ts";
import type { CheckRun, CommitStatus, IssueComment } from "../../doubles/github/state/repository.ts";

export interface PullHandle {
  /** Of the proposal: `github:<repository>/<number>`. */
  readonly id: string;
  readonly number: number;
  readonly branch: string;
  head: Oid;
}

export interface SignedVote {
  /** As a signed tag instead of a review. */
  readonly signed?: boolean;
  readonly emergency?: boolean;
  readonly head?: Oid;
  readonly plan?: string;
}

export interface GitHubCommunity extends Service {
  readonly double: GitHubDouble;
  /** The double's bare repository, for reading, and for what members push. */
  readonly remote: GitRepository;
  readonly folder: string;
  /** Numbers of the members' accounts, and of others'. */
  id(login: string): number;
  main(): Promise<Oid>;
  propose(
    by: string,
    files: Files,
    options?: ProposeOptions & { emergency?: boolean; title?: string },
  ): Promise<PullHandle>;
  amend(proposal: PullHandle, by: string, files: Files): Promise<void>;
  /** By review or comment; signed where that is asked for. */
  vote(by: Name, proposal: PullHandle, choice: Choice, options?: SignedVote): Promise<void>;
  close(by: string, proposal: PullHandle): Promise<void>;
  merge(proposal: PullHandle, options?: MergeOptions & { by?: string }): Promise<Oid>;
  /** What our App or account shows on a commit, the latest of each name: its state or conclusion, and its title. */
  shown(commit: Oid): Readonly<Record<string, string>>;
  comments(proposal: Pick<PullHandle, "number">): readonly IssueComment[];
  /** A service that was started anew: nothing of the old one's memory, the same log, journal and repository. */
  restarted(): Promise<GitHubCommunity>;
  discard(): Promise<void>;
}

export interface GitHubCommunityOptions {
  readonly mode?: GitHubCredentials["kind"];
  readonly files?: Files;
  readonly double?: Partial<GitHubDoubleSettings>;
  readonly governance?: Partial<Governance>;
  /** In place of one in memory. */
  readonly log?: (local: GitRepository, genesis: Oid, identity: string, clock: ManualClock) => Promise<DecisionLog>;
}

/** Who can push without being a member: an administrator; and the account whose token the service has. */
const others = { root: "admin", service: "write" } as const;

export async function startGitHubCommunity(options: GitHubCommunityOptions = {}): Promise<GitHubCommunity> {
  const { mode = "app" } = options;
  const folder = mkdtempSync(join(tmpdir(), "github-community-"));
  const environment = { PATH: process.env["PATH"], HOME: folder };
  const clock = new ManualClock(Date.UTC(2026, 0, 10));
  const double = await startGitHubDouble({
    clock,
    files: withBytes(options.files ?? genesisFiles),
    users: { alice: "write", bob: "write", carol: "read", mallory: undefined, ...others },
    permissions: permissionsOf("app"),
    ...options.double,
  });
  const id = (login: string): number => double.world.accounts.named(login).id;
  const members = membersOnGitHub({ alice: id("alice"), bob: id("bob"), carol: id("carol") });
  // Numbers of accounts are known only when there are accounts.
  const genesis = await double.as("root").push("main", { "members.yaml": members });
  const [remote, local] = await Promise.all([
    openRepository({ path: double.gitPath, environment }),
    openRepository({ path: join(folder, "local.git"), environment }),
  ]);
  await local.fetch({ url: remote.path }, ["+refs/heads/*:refs/policy/heads/*"]);
  const identity = `github:${double.repository.id}`;
  const log = options.log
    ? await options.log(local, genesis, identity, clock)
    : await logFrom(local, genesis, identity, clock.now());
  const credentials = credentialsOf(double, mode);
  const forge = ({ isMember, isMemberKey }: ForgeNeeds) =>
    createGitHubForge({
      ...{ repository: local, clock, credentials, isMember, isMemberKey },
      name: "community/policy",
      repositoryId: Number(identity.slice("github:".length)),
      logger: { warn: () => undefined },
      fetch: globalThis.fetch,
      apiUrl: double.url,
      gitUrl: (name) => `${double.url}/${name}.git`,
    });
  const start = (): Promise<Service> =>
    startService({
      ...{ folder, clock, local, genesis, identity, log, forge },
      governance: { limits: { settleMs: minute, pollMs: 2 * day }, ...options.governance },
    });

  const main = async (): Promise<Oid> => double.head() ?? "";
  const plan = async (head: Oid): Promise<string> => {
    const merged = await remote.mergeTree(await main(), head);
    if (!merged.ok) throw new Error(`conflicts in ${merged.conflicts.join(", ")}`);
    return planDigest(await remote.diff(lastRatified(log.records).tree, merged.tree));
  };
  const cast = async (by: Name, proposal: PullHandle, choice: Choice, how: SignedVote): Promise<void> => {
    const { emergency = false, head = proposal.head } = how;
    const ballot = { proposal: proposal.id, choice, head, emergency, replaces: [] };
    const message = formatBallot({ ...ballot, plan: how.plan ?? (await plan(head)) });
    const tag = { object: head, name: ballotTagName, message, at: clock.now(), signer: keys[by] };
    const oid = await remote.writeTag(tag);
    await remote.updateRef(remoteRefs.ballot(ballotBoxOnGithub(proposal.number), oid), oid);
  };
  const around = (service: Service): GitHubCommunity => ({
    ...service,
    ...{ double, remote, folder, id, main },
    async propose(by, files, { emergency = false, title = "A change", body, ...how } = {}) {
      const told = emergency ? `/emergency\n\n${body ?? "It has to be now."}` : body;
      const fork = how.fork ?? double.repository.roles.get(id(by)) === undefined;
      const more = { ...how, fork, ...(told !== undefined && { body: told }) };
      const { number, branch, head } = await double.as(by).propose(title, files, more);
      return { id: `${identity}/${number}`, number, branch, head };
    },
    async amend(proposal, by, files) {
      proposal.head = await double.as(by).push(proposal.branch, files);
    },
    async vote(by, proposal, choice, how = {}) {
      if (how.signed === true || how.emergency === true) return cast(by, proposal, choice, how);
      const { number, head } = proposal;
      if (choice === "yes") await double.as(by).approve(number, how.head);
      else if (choice === "no") await double.as(by).requestChanges(number);
      else await double.as(by).comment(number, `/abstain ${how.head ?? head}`);
    },
    close: (by, { number }) => double.as(by).close(number),
    merge: ({ number }, { by = "bob", ...how } = {}) => double.as(by).merge(number, how),
    shown: (commit) => shownOn(double, mode, commit),
    comments: ({ number }) => double.repository.comments.filter(({ issue }) => issue === number),
    restarted: async () => around(await start()),
    async discard() {
      await Promise.all([remote.close(), local.close()]);
      rmSync(folder, { recursive: true, force: true });
      await double.stop();
    },
  });
  return around(await start());
}

function credentialsOf(double: GitHubDouble, mode: GitHubCredentials["kind"]): GitHubCredentials {
  if (mode === "app") return { kind: "app", appId: double.app.id, privateKey: double.app.privateKey };
  return { kind: "token", token: double.admin.createToken("service", { permissions: permissionsOf("token") }).text };
}

/** What the documentation asks for and nothing more. */
function permissionsOf(mode: GitHubCredentials["kind"]): GitHubDoubleSettings["permissions"] {
  const own = permissions.filter((one) => one.for.includes(mode));
  return Object.fromEntries(own.map(({ name, access }) => [name, access]));
}

function shownOn(double: GitHubDouble, mode: GitHubCredentials["kind"], commit: Oid): Record<string, string> {
  const { checkRuns, statuses } = double.repository;
  const runs = checkRuns.filter(({ headSha, app }: CheckRun) => headSha === commit && app === double.app);
  const own = statuses.filter(({ sha, creator }: CommitStatus) => sha === commit && creator.login === "service");
  const said: (readonly [string, string])[] =
    mode === "app"
      ? runs.map(({ name, conclusion, status, output }) => [name, `${conclusion ?? status}: ${output.title}`])
      : own.map(({ context, state, description }) => [context.replace("commonhold/", ""), `${state}: ${description}`]);
  return Object.fromEntries(said);
}

function withBytes(files: Files): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])),
  );
}
