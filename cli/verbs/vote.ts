/** `commonhold vote`: a signed ballot for what is proposed now, and for nothing that is pushed later. */
import type { Command } from "commander";
import type { Choice } from "../../governance/constitution/snapshot.ts";
import { ballotTagName, formatBallot, replacesMax, type SignedBallot } from "../../governance/forges/git/ballot.ts";
import { remoteRefs } from "../../governance/forges/git/names.ts";
import type { Signer } from "../../governance/git/repository.ts";
import { nonEmpty, type SigningFlags, withSigningFlags } from "../policy/flags.ts";
import { judge, unratifiedPaths } from "../policy/judge.ts";
import { personSigner } from "../policy/key.ts";
import { type PolicyMirror, withPolicy } from "../policy/mirror.ts";
import { assertOpen, findProposal, type ListedProposal, membersOf } from "../policy/proposals.ts";
import { pushTo } from "../policy/push.ts";
import { PolicyRefusal } from "../policy/refusal.ts";
import { reportOn } from "../policy/reports.ts";
import { runVerb } from "../policy/run-verb.ts";
import { changeLines, oneLine, paragraph, problemLines, tallyLine, whoIs } from "../policy/show.ts";
import type { Surroundings } from "../policy/surroundings.ts";

interface VoteFlags extends SigningFlags {
  readonly reason?: string;
  readonly emergency: boolean;
  readonly yes: boolean;
}

export function addVote(program: Command): void {
  withSigningFlags(
    program
      .command("vote <proposal> <choice>")
      .description("vote yes, no or abstain on a proposal, signed with your SSH key")
      .option("--reason <text>", "why; a veto needs one", nonEmpty)
      .option("--emergency", "on GitHub: sign it as an emergency", false)
      .option("--yes", "do not ask before the ballot is signed", false),
  ).action((proposal: string, said: string, flags: VoteFlags) =>
    runVerb((around) => vote(proposal, choiceOf(said), flags, around)),
  );
}

export async function vote(text: string, choice: Choice, flags: VoteFlags, around: Surroundings): Promise<void> {
  const signer = await personSigner(flags.key, around);
  await withPolicy(flags, around, async (policy) => {
    await assertVoter(policy, signer);
    const proposal = await findProposal(policy, text);
    assertOpen(proposal, "voted on");
    const plan = await showWhatIsVotedOn(policy, proposal);
    if (around.ask && !flags.yes && !(await around.ask(`Sign ${choice} to this?`))) {
      throw new PolicyRefusal("nothing was signed");
    }
    const ballot: SignedBallot = {
      proposal: proposal.id,
      choice,
      head: proposal.head.oid,
      plan,
      emergency: proposal.isEmergency || (flags.emergency && policy.forge !== "git"),
      replaces: ownBallots(proposal, signer),
      ...(flags.reason !== undefined && { reason: flags.reason }),
    };
    const oid = await cast(policy, signer, proposal, ballot);
    around.say(
      `Your ${choice} is cast: ballot ${oid.slice(0, 12)}. It is for what is proposed now; after a push, vote again.`,
    );
  });
}

function choiceOf(text: string): Choice {
  if (text === "yes" || text === "no" || text === "abstain") return text;
  throw new PolicyRefusal(`"${oneLine(text)}" is no vote: say yes, no or abstain`);
}

/** A ballot that will not count is better not cast. */
async function assertVoter(policy: PolicyMirror, { publicKey }: Signer): Promise<void> {
  const members = await membersOf(policy);
  if (members.some(({ sshKeys }) => sshKeys.includes(publicKey))) return;
  throw new PolicyRefusal(
    `the key ${publicKey.slice(0, 60)}… belongs to no member in members.yaml, so its ballot would not count: give the key that is there with --key FILE, or ask a member for commonhold invite`,
  );
}

/** Resolves to the digest that the ballot binds to. */
async function showWhatIsVotedOn(policy: PolicyMirror, proposal: ListedProposal): Promise<string> {
  const { around } = policy;
  const judged = await judge(policy, proposal);
  if (judged.state === "conflicts") {
    throw new PolicyRefusal(
      `proposal ${proposal.label} conflicts with the policy branch in:\n${problemLines(judged.conflicts)}\nthere is nothing to vote on until its proposer mends that`,
    );
  }
  around.say(`Proposal ${proposal.label}: ${oneLine(proposal.title)}`);
  if (policy.forge === "git") around.say(`  by ${whoIs(proposal.proposer, await membersOf(policy))}`);
  around.say(...paragraph(proposal.opening?.description ?? "").filter((line) => line.trim() !== ""));
  around.say(...changeLines(judged.changes));
  if (policy.forge === "git") around.say(tallyLine(judged.verdict));
  const strays = await unratifiedPaths(policy);
  if (strays.length > 0) {
    around.say(
      "The policy branch holds changes that nobody ratified, and this vote would be for them too:",
      problemLines(strays),
    );
  }
  const report = await reportOn(policy, proposal.id);
  const digest = report?.head === proposal.head.oid ? report.data?.plan?.digest : undefined;
  if (digest !== undefined && digest !== judged.plan) {
    around.say(
      "The service has not looked at the latest state yet, and shows another plan: wait for it, or your ballot may not count.",
    );
  }
  return judged.plan;
}

/** So that whoever carries ballots cannot make an older one of them the last. */
function ownBallots({ ballots }: ListedProposal, { publicKey }: Signer): string[] {
  const own = ballots.filter(({ signature }) => signature?.isValid && signature.key === publicKey);
  return own.map(({ id }) => id).slice(0, replacesMax);
}

async function cast(
  { repository, remote, around, call }: PolicyMirror,
  signer: Signer,
  { box, head }: ListedProposal,
  ballot: SignedBallot,
): Promise<string> {
  const message = ballotMessage(ballot);
  const oid = await repository.writeTag(
    { object: head.oid, name: ballotTagName, message, at: around.clock.now(), signer },
    call,
  );
  await pushTo(remote, around, repository, [`${oid}:${remoteRefs.ballot(box, oid)}`]);
  return oid;
}

function ballotMessage(ballot: SignedBallot): string {
  try {
    return formatBallot(ballot);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new PolicyRefusal("the reason has at most 4096 characters and no control characters: write it so", { cause });
  }
}
