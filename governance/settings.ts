/** What the governance service is told from outside, each with its meaning and bounds. Pure: `main.ts` passes the environment in. */
import { z } from "zod";
import {
  insecureRegistriesVariable,
  siteRegistryFillsVariable,
  siteRegistryVariable,
} from "../operator/models/registry-settings.ts";
import {
  type Environment,
  type LogLevel,
  listOf,
  logLevelVariable,
  milliseconds,
  namespaceName,
  readVariables,
  stopTimeoutVariable,
  type Variable,
  whole,
} from "../operator/settings/variables.ts";

export interface Settings {
  /** Where its own Lease and ConfigMap live, and the Secrets that governed objects may name. */
  readonly namespace: string;
  readonly listenAddress: string;
  /** 0: a free one. */
  readonly port: number;
  /** Folder of the repository, the keys and the sightings. */
  readonly state: string;
  readonly forge: "git" | "github";
  /** Git URL of the policy repository; with `github` left out, GitHub says it. */
  readonly policyUrl: string;
  readonly policyBranch: string;
  /** Commit with which everything began. */
  readonly genesis: string;
  /** `github:<numeric id>`; with plain git the genesis names the repository. */
  readonly repository: string;
  /** `sha256:…` of the first record of a log that is taken over; empty where a new one begins. */
  readonly logGenesis: string;
  readonly governedNamespaces: readonly string[];
  /** Addresses of registries, model files and witnesses that are not public. */
  readonly allowedAddresses: readonly string[];
  /** `host` or `host:port`. */
  readonly insecureRegistries: readonly string[];
  /** `host` or `host:port` of the site's own registry; empty: there is none. */
  readonly siteRegistry: string;
  readonly siteRegistryFills: boolean;
  readonly sshKeyFile: string;
  readonly sshKnownHostsFile: string;
  readonly githubRepository: string;
  readonly githubApi: string;
  readonly githubTokenFile: string;
  readonly githubAppId: string;
  readonly githubAppKeyFile: string;
  readonly webhookSecretFile: string;
  /** Witnesses, each as `URL verifier-key`. */
  readonly witnesses: readonly string[];
  readonly witnessQuorum: number;
  readonly pollMs: number;
  readonly settleMs: number;
  readonly healthDeadlineMs: number;
  readonly leaseDurationMs: number;
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
}

const objectId = z
  .string()
  .regex(
    /^([0-9a-f]{40}|[0-9a-f]{64})$/,
    "is no commit: write all 40 (or 64) hex digits, as `git rev-parse` prints them",
  );

export const variables: readonly Variable<Settings>[] = [
  {
    setting: "namespace",
    name: "COMMONHOLD_NAMESPACE",
    schema: namespaceName(),
    fallback: "commonhold-system",
    meaning: "Namespace of its own Lease and ConfigMap, and of the Secrets that governed objects may name.",
  },
  {
    setting: "listenAddress",
    name: "COMMONHOLD_GOVERNANCE_HOST",
    schema: z.string().min(1),
    fallback: "127.0.0.1",
    meaning: "Address to serve webhooks, metrics and health on.",
  },
  {
    setting: "port",
    name: "COMMONHOLD_GOVERNANCE_PORT",
    schema: whole(0, 65_535),
    fallback: "8081",
    meaning: "Port to serve webhooks, metrics and health on; 0 takes a free one and the log says which.",
  },
  {
    setting: "state",
    name: "COMMONHOLD_GOVERNANCE_STATE",
    schema: z.string().min(1, "is empty: name a folder that outlives the process"),
    fallback: "/var/lib/commonhold/governance",
    meaning: "Folder of its repository, its keys and what it has seen; it has to outlive the process.",
  },
  {
    setting: "forge",
    name: "COMMONHOLD_FORGE",
    schema: z.enum(["git", "github"], "is no forge: write git or github"),
    fallback: "git",
    meaning: "Where proposals and ballots are: `git`, as signed objects in the policy repository itself, or `github`.",
  },
  {
    setting: "policyUrl",
    name: "COMMONHOLD_POLICY",
    schema: z.string(),
    fallback: "",
    meaning: "Git URL of the policy repository, over ssh, https or a path. With `github` it may be left out.",
  },
  {
    setting: "policyBranch",
    name: "COMMONHOLD_POLICY_BRANCH",
    schema: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,100}$/, "is no name of a branch"),
    fallback: "main",
    meaning: "Branch of the policy repository that is governed by.",
  },
  {
    setting: "genesis",
    name: "COMMONHOLD_POLICY_GENESIS",
    schema: objectId,
    fallback: "",
    meaning: "Commit of the policy branch with which everything began: pinned when governance is installed, for ever.",
  },
  {
    setting: "repository",
    name: "COMMONHOLD_POLICY_REPOSITORY",
    schema: z.string().regex(/^(|github:[1-9][0-9]*)$/, "is no identity: write github:<numeric id>"),
    fallback: "",
    meaning: "With `github`: `github:<numeric id>` of the repository, pinned; it stays when the repository is renamed.",
  },
  {
    setting: "logGenesis",
    name: "COMMONHOLD_LOG_GENESIS",
    schema: z.string().regex(/^(|sha256:[0-9a-f]{64})$/, "is no digest: write sha256: and 64 hex digits"),
    fallback: "",
    meaning:
      "Digest of the first record of a decision log that a new installation goes on with; left out, a new log begins.",
  },
  {
    setting: "allowedAddresses",
    name: "COMMONHOLD_ALLOWED_ADDRESSES",
    schema: listOf(),
    fallback: "",
    meaning:
      "Addresses and networks of registries, model files and witnesses that are not public, with commas between: `127.0.0.1:5000,10.0.0.0/8`.",
  },
  insecureRegistriesVariable,
  siteRegistryVariable,
  siteRegistryFillsVariable,
  {
    setting: "governedNamespaces",
    name: "COMMONHOLD_GOVERNED_NAMESPACES",
    schema: listOf(namespaceName()),
    fallback: "community",
    meaning: "Namespaces whose models the policy repository decides about, with commas between.",
  },
  {
    setting: "sshKeyFile",
    name: "COMMONHOLD_POLICY_SSH_KEY",
    schema: z.string(),
    fallback: "",
    meaning: "File of a private key for a policy repository over ssh; the agent where left out.",
  },
  {
    setting: "sshKnownHostsFile",
    name: "COMMONHOLD_POLICY_KNOWN_HOSTS",
    schema: z.string(),
    fallback: "",
    meaning:
      "File with the host keys of a policy repository over ssh, as `ssh-keyscan` prints them; `~/.ssh/known_hosts` where left out. A host that is in neither is refused.",
  },
  {
    setting: "githubRepository",
    name: "COMMONHOLD_GITHUB_REPOSITORY",
    schema: z.string().regex(/^(|[A-Za-z0-9-]+\/[A-Za-z0-9._-]+)$/, "write owner/name"),
    fallback: "",
    meaning: "With `github`: `owner/name` of the policy repository.",
  },
  {
    setting: "githubApi",
    name: "COMMONHOLD_GITHUB_API",
    schema: z.url("is no URL"),
    fallback: "https://api.github.com",
    meaning: "Address of GitHub's API; a GitHub Enterprise Server has its own.",
  },
  {
    setting: "githubTokenFile",
    name: "COMMONHOLD_GITHUB_TOKEN_FILE",
    schema: z.string(),
    fallback: "",
    meaning: "File with a fine-grained token, for a group without an App.",
  },
  {
    setting: "githubAppId",
    name: "COMMONHOLD_GITHUB_APP_ID",
    schema: z.string().regex(/^(|[1-9][0-9]*)$/, "is no id of an App"),
    fallback: "",
    meaning: "Id of the GitHub App, instead of a token.",
  },
  {
    setting: "githubAppKeyFile",
    name: "COMMONHOLD_GITHUB_APP_KEY_FILE",
    schema: z.string(),
    fallback: "",
    meaning: "File with the App's private key.",
  },
  {
    setting: "webhookSecretFile",
    name: "COMMONHOLD_WEBHOOK_SECRET_FILE",
    schema: z.string(),
    fallback: "",
    meaning:
      "File with the webhook's secret; two lines while it is rotated. Left out: no webhook is taken, polling finds everything.",
  },
  {
    setting: "witnesses",
    name: "COMMONHOLD_WITNESSES",
    schema: listOf(
      z.string().regex(/^https?:\/\/\S+ \S+\+[0-9a-f]{8}\+\S+$/, "is no witness: write URL, a space and its key"),
    ),
    fallback: "",
    meaning:
      "Witnesses that cosign the log, each as `URL key` (`commonhold witness key` prints it), with commas between.",
  },
  {
    setting: "witnessQuorum",
    name: "COMMONHOLD_WITNESS_QUORUM",
    schema: whole(0, 100),
    fallback: "0",
    meaning: "How many witnesses must have cosigned; fewer is told as a trouble.",
  },
  {
    setting: "pollMs",
    name: "COMMONHOLD_POLL_MS",
    schema: milliseconds(200),
    fallback: "60000",
    meaning: "How often the forge is asked although nothing woke the service.",
  },
  {
    setting: "settleMs",
    name: "COMMONHOLD_SETTLE_MS",
    schema: milliseconds(0),
    fallback: "30000",
    meaning: "How long a commit that no proposal claims is waited for: GitHub may be slow to say which one merged it.",
  },
  {
    setting: "healthDeadlineMs",
    name: "COMMONHOLD_HEALTH_DEADLINE_MS",
    schema: milliseconds(1000),
    fallback: "600000",
    meaning: "How long what was applied may take to become healthy before that is written into the log.",
  },
  {
    setting: "leaseDurationMs",
    name: "COMMONHOLD_LEASE_DURATION_MS",
    schema: milliseconds(3000),
    fallback: "15000",
    meaning: "How long another one waits for a leader that fell silent.",
  },
  stopTimeoutVariable,
  logLevelVariable,
];

/** Throws a `TypeError` that names every variable that cannot be read, or is missing beside another, and why. */
export function readSettings(environment: Environment): Settings {
  const settings = readVariables(variables, environment);
  const missing = requirements.flatMap((check) => check(settings) ?? []);
  if (missing.length > 0) throw new TypeError(missing.join("; "));
  return settings;
}

const requirements: readonly ((settings: Settings) => string | undefined)[] = [
  ({ forge, policyUrl }) =>
    forge === "git" && policyUrl === "" ? "COMMONHOLD_POLICY: name the git URL of the policy repository" : undefined,
  ({ forge, githubRepository, repository }) =>
    forge === "github" && (githubRepository === "" || repository === "")
      ? "COMMONHOLD_GITHUB_REPOSITORY and COMMONHOLD_POLICY_REPOSITORY: github needs owner/name and the pinned numeric id"
      : undefined,
  ({ forge, githubTokenFile, githubAppId, githubAppKeyFile }) => {
    if (forge !== "github") return undefined;
    const isApp = githubAppId !== "" && githubAppKeyFile !== "";
    return isApp === (githubTokenFile !== "")
      ? "COMMONHOLD_GITHUB_TOKEN_FILE: give either a token, or the id and key of an App"
      : undefined;
  },
  ({ witnesses, witnessQuorum }) =>
    witnessQuorum > witnesses.length
      ? `COMMONHOLD_WITNESS_QUORUM: ${witnessQuorum} of ${witnesses.length} witnesses can never sign`
      : undefined,
];
