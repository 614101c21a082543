/** `commonhold invite`: opens the proposal by which somebody becomes a member. */
import { type Command, InvalidArgumentError } from "commander";
import { nonEmpty, type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { type GithubAccount, parseGithub, today } from "../policy/founders.ts";
import { personSigner, publicKeyFile } from "../policy/key.ts";
import { withMember } from "../policy/members-edit.ts";
import { membersText, nextMemberNumber, proposeMembers } from "../policy/members-proposal.ts";
import { withPolicy } from "../policy/mirror.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { runVerb } from "../policy/run-verb.ts";
import { assertPlainGit } from "../policy/submit.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface InviteFlags extends SigningFlags {
  readonly sshKey?: readonly string[];
  readonly github?: GithubAccount;
  readonly affiliation?: string;
  readonly description?: string;
  readonly number?: number;
}

export function addInvite(program: Command): void {
  withSigningFlags(
    program
      .command("invite <name>")
      .description("propose a new member")
      .option("--ssh-key <file...>", "their public SSH key, with which they vote and sign")
      .option(
        "--github <id:login>",
        "their account: the number is what counts (https://api.github.com/users/LOGIN)",
        githubAccount,
      )
      .option("--affiliation <name>", "for whom they work, where the constitution caps votes by it", nonEmpty)
      .option("--description <text>", "why, for those who vote", nonEmpty)
      .option("--number <n>", "their number; else the next one", memberNumber),
  ).action((name: string, flags: InviteFlags) => runVerb((around) => invite(name, flags, around)));
}

export async function invite(name: string, flags: InviteFlags, around: Surroundings): Promise<void> {
  const { sshKey = [], github, affiliation, description } = flags;
  if (sshKey.length === 0 && !github) {
    throw new PolicyRefusal(
      "a member needs something to vote with: give their public SSH key (--ssh-key FILE) or their account (--github ID:LOGIN)",
    );
  }
  const keys = sshKey.map((file) => publicKeyFile(file, around).line);
  const signer = await personSigner(flags.key, around);
  await withPolicy(flags, around, async (policy) => {
    assertPlainGit(policy);
    const text = await membersText(policy);
    const number = flags.number ?? (await nextMemberNumber(policy));
    const changed = withMember(text, {
      ...{ number, name, sshKeys: keys, joined: today(around) },
      ...(github && { github }),
      ...(affiliation !== undefined && { affiliation }),
    });
    await proposeMembers(policy, signer, changed, { title: `Invite ${name}`, description });
    around.say(`${name} will be member ${number} when this is ratified.`);
  });
}

function githubAccount(text: string): GithubAccount {
  const account = parseGithub(text);
  if (account) return account;
  throw new InvalidArgumentError(
    "Give the number and the login, for example 583231:octocat; the number is at https://api.github.com/users/octocat.",
  );
}

function memberNumber(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number from 1 on that nobody ever had.");
}
