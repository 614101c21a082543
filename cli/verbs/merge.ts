/** `commonhold merge`: brings a proposal that passed into the policy branch. Whoever may push there may merge; the vote decides. */
import type { Command } from "commander";
import { withTrailer } from "../../governance/forges/git/merge-of.ts";
import { remoteRefs } from "../../governance/forges/git/names.ts";
import { type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { judge } from "../policy/judge.ts";
import { personSigner } from "../policy/key.ts";
import { type PolicyMirror, withPolicy } from "../policy/mirror.ts";
import { assertOpen, findProposal, type ListedProposal } from "../policy/proposals.ts";
import { pushTo } from "../policy/push.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { reportOn } from "../policy/reports.ts";
import { runVerb } from "../policy/run-verb.ts";
import { oneLine, problemLines } from "../policy/show.ts";
import { assertPlainGit } from "../policy/submit.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface MergeFlags extends SigningFlags {
  readonly force: boolean;
}

export function addMerge(program: Command): void {
  withSigningFlags(
    program
      .command("merge <proposal>")
      .description("merge a proposal that passed")
      .option("--force", "merge it though the service does not say that it passed; it may then not be ratified", false),
  ).action((proposal: string, flags: MergeFlags) => runVerb((around) => merge(proposal, flags, around)));
}

export async function merge(text: string, flags: MergeFlags, around: Surroundings): Promise<void> {
  const signer = await personSigner(flags.key, around);
  await withPolicy(flags, around, async (policy) => {
    assertPlainGit(policy);
    const { repository, remote, head, branch, call } = policy;
    const proposal = await findProposal(policy, text);
    assertOpen(proposal, "merged");
    const { label, id, title } = proposal;
    if (proposal.isEmergency) {
      throw new PolicyRefusal(
        `proposal ${label} is an emergency: it is in force without a merge as soon as enough have signed it; to keep it, propose the same change without --emergency`,
      );
    }
    if (!flags.force) await assertPassed(policy, proposal);
    const merged = await repository.mergeTree(head, proposal.head.oid, call);
    if (!merged.ok) {
      throw new PolicyRefusal(
        `proposal ${label} conflicts with the policy branch in:\n${problemLines(merged.conflicts)}\nits proposer has to mend that; then it is voted on again`,
      );
    }
    const message = withTrailer(`Merge proposal ${label}: ${title}`, id);
    const parents = [head, proposal.head.oid];
    const commit = await repository.writeCommit(
      { tree: merged.tree, parents, message, at: around.clock.now(), signer },
      call,
    );
    await pushTo(remote, around, repository, [`${commit}:${remoteRefs.branch(branch)}`]);
    around.say(
      `Proposal ${label} is merged: ${oneLine(title)}`,
      `  ${commit} on ${oneLine(branch)}`,
      "It takes effect when the service has verified it and its timelock is over: commonhold status",
    );
  });
}

/** By the service's word: it alone knows since when something was seen. */
async function assertPassed(policy: PolicyMirror, proposal: ListedProposal): Promise<void> {
  const { label } = proposal;
  const anyway = "--force merges anyway, and what did not pass is not ratified";
  const report = await reportOn(policy, proposal.id);
  if (!report) {
    throw new PolicyRefusal(
      `the service has said nothing of proposal ${label} yet: wait until it has looked; ${anyway}`,
    );
  }
  if (report.isTheServices === false) {
    throw new PolicyRefusal(
      `the report on proposal ${label} is not signed by the service that writes the decision log: somebody else put it there; ${anyway}`,
    );
  }
  if (report.head !== proposal.head.oid) {
    throw new PolicyRefusal(
      `something was pushed to proposal ${label} that the service has not looked at yet: wait; ${anyway}`,
    );
  }
  if (report.vote.state !== "success" || report.plan.state === "failure") {
    const why = report.plan.state === "failure" ? report.plan.title : report.vote.title;
    throw new PolicyRefusal(`proposal ${label} has not passed: ${oneLine(why)}; ${anyway}`);
  }
  const judged = await judge(policy, proposal);
  const digest = report.data?.plan?.digest;
  if (judged.state === "judged" && digest !== undefined && digest !== judged.plan) {
    throw new PolicyRefusal(
      `the policy branch moved since the service looked at proposal ${label}, and a merge would do something else now: wait for the service; ${anyway}`,
    );
  }
}
