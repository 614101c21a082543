/** The forge that the settings name, over the service's repository. */
import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Forge } from "../forges/forge.ts";
import { createGitForge } from "../forges/git/git-forge.ts";
import { repositoryId } from "../forges/git/names.ts";
import type { GitHubCredentials } from "../forges/github/credentials/credentials.ts";
import { createGitHubForge } from "../forges/github/github-forge.ts";
import type { GitRepository, Signer } from "../git/repository.ts";
import type { Settings } from "../settings.ts";
import type { MemberView } from "./member-view.ts";

export interface ForgeSources {
  readonly settings: Settings;
  readonly repository: GitRepository;
  readonly members: MemberView;
  readonly isDecided: (proposal: string) => boolean;
  /** Signs what is shown, where the forge does not say by itself who wrote it. */
  readonly signer?: Signer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: typeof fetch;
}

/** What the forge must say it is. */
export function identityOf({ forge, repository, genesis }: Settings): string {
  return forge === "github" ? repository : repositoryId(genesis);
}

export async function forgeOf(sources: ForgeSources): Promise<Forge> {
  const { settings, repository, members, isDecided, signer, clock, logger, fetch } = sources;
  const { policyUrl, policyBranch: branch, sshKeyFile, sshKnownHostsFile, genesis } = settings;
  const isMemberKey = (key: string): boolean => members.hasKey(key);
  if (settings.forge === "git") {
    const remote = {
      url: policyUrl,
      ...(sshKeyFile !== "" && { sshKeyPath: sshKeyFile }),
      ...(sshKnownHostsFile !== "" && { sshKnownHostsPath: sshKnownHostsFile }),
    };
    const options = { repository, remote, genesis, branch, isMemberKey, isDecided, clock };
    return createGitForge({ ...options, ...(signer && { signer }) });
  }
  return createGitHubForge({
    ...{ repository, branch, clock, logger, fetch, isMemberKey },
    name: settings.githubRepository,
    repositoryId: Number(settings.repository.slice("github:".length)),
    credentials: await credentialsOf(settings),
    isMember: (id) => members.hasAccount(id),
    apiUrl: settings.githubApi,
    ...(policyUrl !== "" && { gitUrl: () => policyUrl }),
  });
}

async function credentialsOf(settings: Settings): Promise<GitHubCredentials> {
  const { githubTokenFile, githubAppId, githubAppKeyFile } = settings;
  if (githubTokenFile !== "") return { kind: "token", token: (await secretOf(githubTokenFile)).trim() };
  return { kind: "app", appId: Number(githubAppId), privateKey: await secretOf(githubAppKeyFile) };
}

/** The webhook's secrets: one, or two while they are changed. */
export async function webhookSecretsOf({
  webhookSecretFile,
}: Settings): Promise<readonly [string] | readonly [string, string] | undefined> {
  if (webhookSecretFile === "") return undefined;
  const lines = (await secretOf(webhookSecretFile)).split("\n").filter((line) => line !== "");
  const [first, second, third] = lines;
  if (first === undefined || third !== undefined) {
    throw new Error(
      `${webhookSecretFile} has ${lines.length} lines: write the webhook's secret, or two of them while it is changed`,
    );
  }
  return second === undefined ? [first] : [first, second];
}

async function secretOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  });
}
