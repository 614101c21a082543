/** `commonhold propose`: what was changed in this clone, put to the vote. */
import type { Command } from "commander";
import { nonEmpty, type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { personSigner } from "../policy/key.ts";
import { withPolicy } from "../policy/mirror.ts";
import { runVerb } from "../policy/run-verb.ts";
import { assertPlainGit, submit } from "../policy/submit.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { draftFrom } from "../policy/working-tree.ts";

interface ProposeFlags extends SigningFlags {
  readonly message?: string;
  readonly description?: string;
  readonly emergency: boolean;
}

export function addPropose(program: Command): void {
  withSigningFlags(
    program
      .command("propose")
      .description("put to the vote what was changed in this clone: its files, or else its current branch")
      .option("-m, --message <title>", "one line that says what it is; else the last commit's", nonEmpty)
      .option("--description <text>", "why, for those who vote", nonEmpty)
      .option("--emergency", "decided by few signers at once; it may only reduce, and ends by itself", false),
  ).action((flags: ProposeFlags) => runVerb((around) => propose(flags, around)));
}

export async function propose(flags: ProposeFlags, around: Surroundings): Promise<void> {
  const signer = await personSigner(flags.key, around);
  await withPolicy(flags, around, async (policy) => {
    assertPlainGit(policy);
    const draft = await draftFrom(policy, signer, flags.message);
    const { description, emergency } = flags;
    await submit(policy, signer, { head: draft.head, title: draft.title, description, emergency });
    if (draft.isUncommitted) around.say("Your files are as they were; what is voted on is a copy of them.");
  });
}
