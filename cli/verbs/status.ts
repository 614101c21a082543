/** `commonhold status`: what is in force, what is proposed, and how each stands, by the service's word and by this machine's own count. */
import type { Command } from "commander";
import { safeLine } from "../../operator/text/log-line.ts";
import { type PolicyFlags, withPolicyFlags } from "../policy/flags.ts";
import { withPolicy } from "../policy/mirror.ts";
import { findProposal, listProposals } from "../policy/proposals.ts";
import { runVerb } from "../policy/run-verb.ts";
import { describePolicy, policyLines } from "../policy/status-of-policy.ts";
import { describeProposal, proposalLines } from "../policy/status-of-proposal.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface StatusFlags extends PolicyFlags {
  readonly json: boolean;
}

export function addStatus(program: Command): void {
  withPolicyFlags(
    program
      .command("status [proposal]")
      .description("what is in force, what is proposed, and how it stands")
      .option("--json", "for programs", false),
  ).action((proposal: string | undefined, flags: StatusFlags) => runVerb((around) => status(proposal, flags, around)));
}

export async function status(text: string | undefined, flags: StatusFlags, around: Surroundings): Promise<void> {
  await withPolicy(flags, around, async (policy) => {
    const whole = await describePolicy(policy);
    const all = async () => (policy.forge === "git" ? listProposals(policy, true) : []);
    const wanted = text === undefined ? await all() : [await findProposal(policy, text)];
    const proposals = [];
    for (const proposal of wanted) proposals.push(await describeProposal(policy, proposal));
    if (flags.json) return around.say(safeLine(JSON.stringify({ ...whole, proposals })));
    around.say(...policyLines(whole));
    for (const one of proposals) around.say("", ...proposalLines(one, text !== undefined));
    if (proposals.length === 0)
      around.say("", policy.forge === "git" ? "Nothing is proposed." : "Proposals are pull requests on GitHub.");
  });
}
