/** `commonhold init`: a policy repository to begin with. Its first commit is the genesis, on which everything later hangs. */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { constitutionPath } from "../../governance/constitution/paths/path-problem.ts";
import type { Signer } from "../../governance/git/repository.ts";
import { wholeUrl } from "../policy/address.ts";
import { nonEmpty } from "../policy/flags.ts";
import { founderNamed, type GithubAccount, parseGithub, today, usualName } from "../policy/founders.ts";
import { beginCommunity } from "../policy/genesis.ts";
import { keyVariable, personSigner } from "../policy/key.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { runVerb } from "../policy/run-verb.ts";
import { oneLine, problemLines } from "../policy/show.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { type Founding, writeTemplate } from "../policy/template.ts";
import { askUserGit, userGit } from "../policy/user-git.ts";

export interface InitFlags {
  readonly key?: string;
  readonly name?: string;
  readonly github?: GithubAccount;
  readonly community?: string;
  readonly members?: readonly string[];
  readonly remote?: string;
}

export function addInit(program: Command): void {
  program
    .command("init [dir]")
    .description("make a policy repository: rules, members, models, and a signed first commit")
    .option("--community <name>", "how the community is called; else like the folder", nonEmpty)
    .option("--name <name>", "how you are called in it; else like on this machine", nonEmpty)
    .option(
      "--key <file>",
      `your SSH key; else ${keyVariable}, else user.signingkey of git, else ~/.ssh/id_ed25519`,
      nonEmpty,
    )
    .option("--github <id:login>", "your account, where proposals are pull requests", githubAccount)
    .option(
      "--members <name=file>",
      "the others, each with their public SSH key or github:ID:LOGIN; several with commas, or say it again",
      (text: string, before: readonly string[] = []) => [...before, ...text.split(",")],
    )
    .option("--remote <url>", "push it there: an empty repository where all members may push", nonEmpty)
    .action((dir: string | undefined, flags: InitFlags) => runVerb((around) => init(dir, flags, around)));
}

export async function init(dir = ".", flags: InitFlags, around: Surroundings, template = shipped): Promise<void> {
  const folder = resolve(around.cwd, dir);
  const signer = await personSigner(flags.key, around);
  const isNew = await prepareFolder(folder, around);
  if (isNew) await writeTemplate(template, folder, foundingOf(folder, flags, signer, around));
  else if (flags.members)
    around.say(`The files in ${folder} are taken as they are; --members was used when they were written.`);
  await userGit(around, folder, ["init", "--quiet", "--initial-branch=main"]);
  const remote = flags.remote === undefined ? undefined : wholeUrl(flags.remote, around.cwd);
  const genesis = await beginCommunity(folder, signer, remote, around);
  if (genesis.state === "unfinished") {
    const what = `${folder} cannot begin a community yet:\n${problemLines(genesis.problems)}`;
    const next = `put that right, and run commonhold init ${dir} again: then everything is committed and signed`;
    if (!isNew) throw new PolicyRefusal(`${what}\n${next}`);
    return around.say(`The files are there. ${what}`, `Next: ${next}.`);
  }
  if (remote !== undefined) await followRemote(folder, remote, around);
  around.say(...nextSteps(folder, genesis.commit, genesis.members, remote));
}

const shipped = join(import.meta.dirname, "../../../manifests/policy-template");

/** Whether the template has to be written; else somebody filled in what was written before. */
async function prepareFolder(folder: string, around: Surroundings): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const top = await askUserGit(around, folder, ["rev-parse", "--show-toplevel"]);
  const hasCommits = (await askUserGit(around, folder, ["rev-parse", "--verify", "--quiet", "HEAD"])) !== undefined;
  if (hasCommits && existsSync(join(folder, ".git"))) {
    throw new PolicyRefusal(
      `${folder} has commits already${existsSync(join(folder, constitutionPath)) ? ": change files there and run commonhold propose" : ": give an empty folder"}`,
    );
  }
  if (hasCommits && top !== undefined) {
    throw new PolicyRefusal(`${folder} is inside of the repository ${top}: give a folder outside of it`);
  }
  const files = (await readdir(folder)).filter((name) => name !== ".git");
  if (files.length === 0) return true;
  if (files.includes(constitutionPath)) return false;
  throw new PolicyRefusal(`${folder} is not empty: give an empty folder, or one that commonhold init wrote`);
}

function foundingOf(folder: string, flags: InitFlags, { publicKey }: Signer, around: Surroundings): Founding {
  const { community = basename(folder), name = usualName(around), github, members = [] } = flags;
  return {
    community,
    founder: { name, joined: today(around), sshKeys: [publicKey], ...(github && { github }) },
    others: members.map((text) => founderNamed(text.trim(), around)),
  };
}

async function followRemote(folder: string, remote: string, around: Surroundings): Promise<void> {
  await userGit(around, folder, ["remote", "add", "origin", remote]);
  await userGit(around, folder, ["fetch", "--quiet", "origin"]);
  await userGit(around, folder, ["branch", "--quiet", "--set-upstream-to=origin/main", "main"]);
}

function nextSteps(folder: string, commit: string, members: readonly string[], remote: string | undefined): string[] {
  const steps = [
    ...(remote === undefined
      ? [
          `put it where all members may push: git -C ${folder} remote add origin URL && git -C ${folder} push -u origin main`,
        ]
      : []),
    `name this commit when you install the governance service; it is pinned for ever: ${commit}`,
    "each member: git clone URL, change files in it, commonhold propose; then commonhold vote",
    "machines are proposed too: one file in hosts/ for each, and its name among its owner's machines in members.yaml",
  ];
  return [
    `The community begins with commit ${commit.slice(0, 12)}, signed by you${remote === undefined ? "" : `, at ${oneLine(remote)}`}.`,
    `  members: ${members.map((name) => oneLine(name)).join(", ")}`,
    "Next:",
    ...steps.map((step, at) => `  ${at + 1}. ${step}`),
  ];
}

function githubAccount(text: string): GithubAccount {
  const account = parseGithub(text);
  if (account) return account;
  throw new InvalidArgumentError("Give the number and the login, for example 583231:octocat.");
}
