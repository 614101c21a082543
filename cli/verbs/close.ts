/** `commonhold close`: who opened a proposal takes it back. */
import type { Command } from "commander";
import { closingTagName, formatClosing } from "../../governance/forges/git/closing.ts";
import { remoteRefs } from "../../governance/forges/git/names.ts";
import { type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { personSigner } from "../policy/key.ts";
import { withPolicy } from "../policy/mirror.ts";
import { assertOpen, findProposal, membersOf } from "../policy/proposals.ts";
import { pushTo } from "../policy/push.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { runVerb } from "../policy/run-verb.ts";
import { oneLine, whoIs } from "../policy/show.ts";
import { assertPlainGit } from "../policy/submit.ts";
import type { Surroundings } from "../policy/surroundings.ts";

export function addClose(program: Command): void {
  withSigningFlags(program.command("close <proposal>").description("take back a proposal that you opened")).action(
    (proposal: string, flags: SigningFlags) => runVerb((around) => close(proposal, flags, around)),
  );
}

export async function close(text: string, flags: SigningFlags, around: Surroundings): Promise<void> {
  const signer = await personSigner(flags.key, around);
  await withPolicy(flags, around, async (policy) => {
    assertPlainGit(policy);
    const { repository, remote, call } = policy;
    const proposal = await findProposal(policy, text);
    assertOpen(proposal, "closed");
    const { proposer, label, box, head } = proposal;
    if (proposer.kind !== "key" || proposer.key !== signer.publicKey) {
      const who = whoIs(proposer, await membersOf(policy));
      throw new PolicyRefusal(
        `proposal ${label} was opened by ${who}, with another key than yours: only that key closes it; vote no instead`,
      );
    }
    const message = formatClosing({ proposal: proposal.id });
    const oid = await repository.writeTag(
      { object: head.oid, name: closingTagName, message, at: around.clock.now(), signer },
      call,
    );
    await pushTo(remote, around, repository, [`${oid}:${remoteRefs.closing(box, oid)}`]);
    around.say(`Proposal ${label} is closed: ${oneLine(proposal.title)}`);
  });
}
