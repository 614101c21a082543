/**
 * The contract against GitHub itself, in the suite only where it is named (`vitest.config.ts`), to see that the double still does what GitHub does. It needs a repository that may be
 * written to; it makes branches and pull requests below `contract/` there, and removes the branches when it is done.
 *
 * - `COMMONHOLD_TEST_GITHUB_REPOSITORY`: `owner/name`. Without branch protections that cover `contract/**`; merge commits,
 *   squashes and rebases allowed.
 * - `COMMONHOLD_TEST_GITHUB_TOKEN`: of somebody who may write there: fine-grained, with contents, pull requests, issues and commit
 *   statuses read and write.
 * - `COMMONHOLD_TEST_GITHUB_REVIEWER_TOKEN`: the same of somebody else; without it, cases that need two people are left out.
 * - `COMMONHOLD_TEST_GITHUB_APP_ID`, `COMMONHOLD_TEST_GITHUB_APP_KEY` (PEM): an App with checks read and write that is installed
 *   there; without them check runs are left out.
 * - `COMMONHOLD_TEST_GITHUB_API`: another API than `https://api.github.com`, such as an Enterprise Server's.
 *
 * One run takes about 250 of an hour's requests, among them 90 of the 500 changes that GitHub allows in an hour, and four minutes.
 */
import { createAppAuth } from "@octokit/auth-app";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { vi } from "vitest";
import { systemClock } from "../../operator/clock/system.ts";
import { githubContract } from "./contract.ts";
import type { Person, Subject } from "./subject.ts";
import { Workshop } from "./workshop.ts";

const env = (name: string): string | undefined => process.env[`COMMONHOLD_TEST_GITHUB_${name}`] || undefined;
const [token, repository] = [env("TOKEN"), env("REPOSITORY")];

if (token === undefined || repository === undefined) {
  throw new Error("the contract against GitHub itself needs COMMONHOLD_TEST_GITHUB_TOKEN and _REPOSITORY");
}
const cast = {
  hasReviewer: env("REVIEWER_TOKEN") !== undefined,
  hasApp: env("APP_ID") !== undefined && env("APP_KEY") !== undefined,
};
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });
githubContract("GitHub", cast, () => startSubject(token, repository));

/** How long GitHub may take for what it does in the background, and between two looks. */
const background = { mostMs: 60_000, stepMs: 1_000 };

async function startSubject(authorToken: string, fullName: string): Promise<Subject> {
  const [owner = "", repo = ""] = fullName.split("/");
  const author = await personOf(authorToken);
  const reviewerToken = env("REVIEWER_TOKEN");
  const { data } = await author.octokit.repos.get({ owner, repo });
  const workshop = new Workshop({ url: data.clone_url, token: authorToken });
  const base = `contract/${systemClock.now()}`;
  const files = { "contract.txt": "A branch of its own.\n" };
  const start = await workshop.commit(await workshop.headOf(data.default_branch), files, "Begin a run of the contract");
  await workshop.push([`${start}:refs/heads/${base}`]);
  return {
    owner,
    repo,
    author,
    reviewer: reviewerToken === undefined ? undefined : await personOf(reviewerToken),
    app: await appOf(owner, repo),
    workshop,
    base,
    start,
    pass: (ms) => systemClock.sleep(ms),
    eventually,
    close: async () => {
      const ours = [...(await workshop.remoteRefs(`refs/heads/${base}*`)).keys()];
      await workshop.push(ours.map((ref) => `:${ref}`));
      workshop.close();
    },
  };
}

async function eventually<Value>(ask: () => Promise<Value>, isWanted: (value: Value) => boolean): Promise<Value> {
  const end = systemClock.now() + background.mostMs;
  for (;;) {
    const value = await ask();
    if (isWanted(value) || systemClock.now() > end) return value;
    await systemClock.sleep(background.stepMs);
  }
}

async function personOf(auth: string): Promise<Person> {
  const octokit = client({ auth });
  const { data } = await octokit.users.getAuthenticated();
  return { octokit, login: data.login, id: data.id };
}

async function appOf(owner: string, repo: string): Promise<Octokit | undefined> {
  const [appId, privateKey] = [env("APP_ID"), env("APP_KEY")];
  if (appId === undefined || privateKey === undefined) return undefined;
  const itself = client({ authStrategy: createAppAuth, auth: { appId, privateKey } });
  const { data } = await itself.apps.getRepoInstallation({ owner, repo });
  return client({ authStrategy: createAppAuth, auth: { appId, privateKey, installationId: data.id } });
}

/** GitHub asks for a pause between changes. */
function client(options: object): Octokit {
  const again = (_: number, __: object, ___: unknown, tries: number): boolean => tries < 3;
  const throttle = { onRateLimit: again, onSecondaryRateLimit: again };
  const baseUrl = env("API") ?? "https://api.github.com";
  return new (Octokit.plugin(throttling))({ ...options, baseUrl, throttle, log: silent });
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
