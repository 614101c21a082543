/**
 * The same community in different places: plain git, GitHub with an App, GitHub with somebody's token, and GitHub with notices that
 * come twice and backwards. What a scenario does and sees is the same in all of them.
 */

import type { Choice } from "../../../governance/constitution/snapshot.ts";
import { remoteRefs } from "../../../governance/forges/git/names.ts";
import { reportFiles } from "../../../governance/forges/git/publications.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import {
  type Community,
  type Files,
  type Name,
  startCommunity,
} from "../../../governance/service/testing/community.fixture.ts";
import type { Service } from "../../../governance/service/testing/service.fixture.ts";
import type { MergeMethod } from "../../doubles/github/git/merging.ts";
import { type GitHubCommunity, startGitHubCommunity } from "./github-community.fixture.ts";
import { type Hook, listenTo } from "./hook.fixture.ts";

export interface Handle {
  readonly id: string;
  head: Oid;
}

export interface Scene extends Service {
  propose(by: Name, files: Files, options?: { emergency?: boolean }): Promise<Handle>;
  amend(proposal: Handle, by: Name, files: Files): Promise<void>;
  vote(
    by: Name,
    proposal: Handle,
    choice: Choice,
    options?: { signed?: boolean; emergency?: boolean },
  ): Promise<unknown>;
  close(by: Name, proposal: Handle): Promise<void>;
  merge(proposal: Handle, options?: { method?: MergeMethod }): Promise<Oid>;
  /** Merges the way back that was offered for a commit. */
  revert(commit: Oid): Promise<void>;
  /** What is shown of a proposal: the states and titles of `plan` and `vote`. */
  told(proposal: Handle): Promise<Readonly<Record<string, string>>>;
  /** What is shown on a commit of the branch. */
  toldOn(commit: Oid): Promise<string | undefined>;
  discard(): Promise<void>;
}

export type Start = (options?: { files?: Files }) => Promise<Scene>;

export const places: readonly (readonly [string, Start])[] = [
  ["in plain git", async (options) => inGit(await startCommunity(options))],
  ["on GitHub with an App, and no notice ever comes", async (options) => onGitHub(await startGitHubCommunity(options))],
  ["on GitHub with a token", async (options) => onGitHub(await startGitHubCommunity({ ...options, mode: "token" }))],
  [
    "on GitHub, where every notice comes twice, the last one first",
    async (options) => backwards(await startGitHubCommunity(options)),
  ],
];

function inGit(community: Community): Scene {
  const { remote } = community;
  return {
    ...community,
    async revert(commit) {
      const oid = await remote.resolve(remoteRefs.revert(commit));
      if (oid === undefined) throw new Error(`no way back from ${commit} is offered`);
      await community.push(oid);
    },
    async told({ id }) {
      const { plan, vote } = (await reportAt(remote, remoteRefs.report(id.split("/")[1] ?? ""))) ?? {};
      return { plan: words(plan), vote: words(vote) };
    },
    toldOn: async (commit) => {
      const report = await reportAt(remote, remoteRefs.commitReport(commit));
      return report && words(report);
    },
  };
}

async function reportAt(remote: GitRepository, ref: string) {
  const commit = await remote.resolve(ref);
  const bytes = commit && (await remote.file(commit, reportFiles.data));
  return bytes ? JSON.parse(Buffer.from(bytes).toString()) : undefined;
}

function words({ state, title }: { state: string; title: string }): string {
  return `${state}: ${title}`;
}

export function onGitHub(community: GitHubCommunity): Scene {
  const { double } = community;
  return {
    ...community,
    async revert(commit) {
      const offered = [...double.repository.pulls.values()].find(
        ({ head }) => `refs/heads/${head.ref}` === remoteRefs.revert(commit),
      );
      if (!offered) throw new Error(`no way back from ${commit} is offered`);
      await double.as("bob").merge(offered.number);
    },
    told: async ({ head }) => community.shown(head),
    toldOn: async (commit) => community.shown(commit)["ratified"],
  };
}

/** Before each pass come the notices that GitHub had for us, and they wake. */
async function backwards(community: GitHubCommunity): Promise<Scene> {
  const { double } = community;
  const hook: Hook = await listenTo(double);
  const { governance } = community;
  const { forge } = governance;
  // A pass begins with the question who this is: all that happened before has been told by then.
  const identify: typeof forge.identify = async (signal) => {
    const woken = hook.woken;
    double.webhooks.double();
    double.webhooks.reverse();
    const outcomes = await double.webhooks.deliver();
    if (outcomes.some(({ status }) => status !== 202)) throw new Error("a notice was refused");
    if (hook.woken - woken !== outcomes.length / 2)
      throw new Error("each notice has to wake once, come it twice or not");
    return forge.identify(signal);
  };
  Object.assign(governance, { forge: { ...forge, identify } });
  return {
    ...onGitHub(community),
    async discard() {
      await hook.close();
      await community.discard();
    },
  };
}
