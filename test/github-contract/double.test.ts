import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { type GitHubDouble, startGitHubDouble } from "../doubles/github/double.ts";
import { githubContract } from "./contract.ts";
import type { Person, Subject } from "./subject.ts";
import { Workshop } from "./workshop.ts";

githubContract("the double of GitHub", { hasReviewer: true, hasApp: true }, async (): Promise<Subject> => {
  const clock = new ManualClock();
  const double = await startGitHubDouble({ clock, visibility: "private" });
  const base = "contract/main";
  const start = await double.as("root").push(base, { "contract.txt": "A branch of its own.\n" });
  const { appId, privateKey, installationId } = credentials(double);
  const auth = { appId, privateKey, installationId };
  const workshop = new Workshop({ url: double.cloneUrl, token: tokenOf(double, "alice") });
  await workshop.fetch(base);
  return {
    owner: "community",
    repo: "policy",
    author: person(double, "alice"),
    reviewer: person(double, "bob"),
    app: new Octokit({ baseUrl: double.url, authStrategy: createAppAuth, auth, log: silent }),
    workshop,
    base,
    start,
    pass: (ms) => clock.advance(ms),
    eventually: (ask) => ask(),
    close: async () => {
      workshop.close();
      await double.stop();
    },
  };
});

function credentials(double: GitHubDouble): { appId: number; privateKey: string; installationId: number } {
  return { appId: double.app.id, privateKey: double.app.privateKey, installationId: double.installation.id };
}

function tokenOf(double: GitHubDouble, login: string): string {
  const permissions = { contents: "write", pull_requests: "write", issues: "write", statuses: "write" } as const;
  return double.admin.createToken(login, { permissions }).text;
}

function person(double: GitHubDouble, login: string): Person {
  const octokit = new Octokit({ baseUrl: double.url, auth: tokenOf(double, login), log: silent });
  return { octokit, login, id: double.as(login).account.id };
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
