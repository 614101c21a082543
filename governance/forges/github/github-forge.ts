/**
 * GitHub as a forge. It is believed who has which account, what was said on a pull request and when; everything else is read from
 * git objects. Webhooks are not needed: every pass asks for the present state, with requests that cost nothing where nothing
 * changed.
 */
import type { Logger } from "pino";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { GitRepository, Remote } from "../../git/repository.ts";
import type { Forge } from "../forge.ts";
import { fetchRefspecs, policyBranchDefault } from "../git/names.ts";
import { GitHubApi } from "./api/api.ts";
import type { Fetch } from "./api/bounded-fetch.ts";
import { actorOf, type GitHubCredentials } from "./credentials/credentials.ts";
import { RepositoryPlace, splitName } from "./place.ts";
import { mergedPull } from "./proposals/merge-of.ts";
import { GitHubProposals, numberOf, proposalId } from "./proposals/proposals.ts";
import type { Reader } from "./proposals/read-pull.ts";
import { SignedBallots } from "./proposals/signed-ballots.ts";
import { Reporter } from "./report/reporter.ts";
import { offerRevert } from "./revert.ts";

export interface GitHubForgeOptions {
  /** Local bare repository of the service. */
  readonly repository: GitRepository;
  /** `owner/name` of the policy repository. */
  readonly name: string;
  /** Its number, as it was pinned when governance was installed. */
  readonly repositoryId?: number;
  readonly credentials: GitHubCredentials;
  /** Name of the policy branch; `main` where left out. */
  readonly branch?: string;
  /** Whether an account is some member's, by its number and what is ratified now: they are read first. */
  readonly isMember: (id: number) => boolean;
  /** Whether a key is some member's, by what is ratified now. */
  readonly isMemberKey: (key: string) => boolean;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn">;
  readonly fetch: Fetch;
  /** `https://api.github.com` where left out. */
  readonly apiUrl?: string;
  /** Where git finds `owner/name`; `https://github.com/owner/name.git` where left out. */
  readonly gitUrl?: (name: string) => string;
  readonly userAgent?: string;
}

const githubGitUrl = (name: string): string => `https://github.com/${name}.git`;

/** Throws a TypeError where name or credentials have not the form that they must have. */
export function createGitHubForge(options: GitHubForgeOptions): Forge {
  const { repository, name, branch = policyBranchDefault, clock, fetch, isMember, isMemberKey, logger } = options;
  const { apiUrl: baseUrl = "https://api.github.com", gitUrl = githubGitUrl, userAgent = "commonhold" } = options;
  const api = new GitHubApi({ baseUrl, fetch, clock, userAgent });
  const actor = actorOf(options.credentials, splitName(name), options.repositoryId, api);
  const where = new RepositoryPlace({ repository: name, repositoryId: options.repositoryId }, api, actor.authorizer);
  const signed = new SignedBallots(repository, isMemberKey);
  const proposals = new GitHubProposals({ branch, isMember, signed, logger });
  const reporter = new Reporter();
  const reader = async (signal: AbortSignal): Promise<Reader> => ({ api, actor, place: await where.place(signal) });
  const remote = async (signal: AbortSignal): Promise<Remote> => {
    const { owner, repo } = await where.place(signal);
    return { url: gitUrl(`${owner}/${repo}`), authorization: await actor.forGit(signal) };
  };
  return {
    kind: "github",
    fetchRefspecs: [...fetchRefspecs, "+refs/pull/*/head:refs/policy/pull/*"],
    remote,
    identify: async (signal) => {
      const identity = await where.identify(signal);
      if (identity.renamedFrom !== undefined) {
        logger.warn({ from: identity.renamedFrom, to: identity.name }, "the policy repository has a new name: set it");
      }
      return identity;
    },
    proposals: async (since, signal) => proposals.list(await reader(signal), since, signal),
    mergeOf: async (commit, signal) => {
      const by = await reader(signal);
      const number = proposals.mergedBy(commit)?.number ?? (await mergedPull(by, branch, commit, signal));
      return number === undefined ? undefined : proposalId(by.place, number);
    },
    report: async (report, signal) => {
      const by = await reader(signal);
      const number = numberOf(by.place, report.proposal);
      // Not of this place, for example from before the community came here.
      if (number === undefined) return;
      // Nobody who is no member can keep members waiting: how theirs stands is shown in a later pass.
      if (!proposals.isMembers(number) && !api.allowsChangeForOthers()) return;
      await reporter.report(by, number, report, proposals.contentOf(number), signal);
    },
    reportCommit: async (report, signal) => reporter.reportCommit(await reader(signal), report, signal),
    offerRevert: async (offer, signal) => {
      const target = { repository, remote: await remote(signal), branch };
      await offerRevert(await reader(signal), target, offer, signal);
    },
  };
}
