/** `commonhold rotate-key`: a new SSH key in place of one's own, asked for under the old one. */
import type { Command } from "commander";
import { nonEmpty, type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { personSigner, publicKeyFile } from "../policy/key.ts";
import { readMembers, withKey } from "../policy/members-edit.ts";
import { membersText, proposeMembers } from "../policy/members-proposal.ts";
import { withPolicy } from "../policy/mirror.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { runVerb } from "../policy/run-verb.ts";
import { assertPlainGit } from "../policy/submit.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface RotateFlags extends SigningFlags {
  readonly new: string;
  readonly description?: string;
}

export function addRotateKey(program: Command): void {
  withSigningFlags(
    program
      .command("rotate-key")
      .description("propose a new SSH key in place of yours; signed with the old one")
      .requiredOption("--new <file>", "the new public key (.pub)", nonEmpty)
      .option("--description <text>", "why, for those who vote", nonEmpty),
  ).action((flags: RotateFlags) => runVerb((around) => rotateKey(flags, around)));
}

export async function rotateKey(flags: RotateFlags, around: Surroundings): Promise<void> {
  const { key: newKey, line } = publicKeyFile(flags.new, around);
  const signer = await personSigner(flags.key, around);
  if (newKey === signer.publicKey) {
    throw new PolicyRefusal(
      "the new key is the one that you sign with: give the old one with --key FILE and the new one with --new FILE",
    );
  }
  await withPolicy(flags, around, async (policy) => {
    assertPlainGit(policy);
    const text = await membersText(policy);
    const changed = withKey(text, signer.publicKey, line);
    const name = readMembers(text).find(({ sshKeys }) => sshKeys.includes(signer.publicKey))?.name ?? "a member";
    await proposeMembers(policy, signer, changed, {
      title: `Replace a key of ${name}`,
      description: flags.description,
    });
    around.say("Until this is ratified your old key is the one that counts: keep it.");
  });
}
