/** Why a ballot does not count, or what was noted about it. Each names the ballot and whose it is. */
import type { Sentences } from "./reason.ts";
import { keyName, short, time } from "./wording.ts";

/** `by`: the member's name, or the account where it is no member's. */
interface Of {
  ballot: string;
  by: string;
}

export interface BallotReasonData {
  BallotDuplicate: Of;
  BallotForOther: Of & { proposal: string };
  BallotAfterMerge: Of;
  BallotOfBot: Of;
  BallotOfNonMember: Of & { former: string | undefined };
  BallotOfNewMember: Of;
  BallotOfRevoked: Of;
  BallotOfVoteless: Of & { roles: readonly string[] };
  BallotOfSuspended: Of;
  BallotOfSubject: Of;
  BallotSignatureInvalid: Of;
  BallotKeyForeign: Of & { key: string };
  BallotKeyRevoked: Of & { key: string };
  BallotKeySuspended: Of & { key: string };
  BallotForOtherProcedure: Of & { isEmergency: boolean };
  BallotReplaced: Of;
  BallotUnsigned: Of & { class: string };
  BallotForOtherHead: Of & { head: string; current: string };
  BallotForOtherPlan: Of & { plan: string; current: string };
  BallotEdited: Of;
  BallotNotYetCast: Of & { at: number };
  BallotTooLate: Of & { at: number; closedAt: number };
  BallotYesInExtension: Of & { until: number };
  BallotSuperseded: Of & { later: string };
  BallotWithdrawn: Of;
  BallotOfProposer: Of;
  DismissalIgnored: Of & { dismissedBy: string };
  NotesOmitted: { notes: number; spelledOut: number };
}

export const ballotSentences: Sentences<BallotReasonData> = {
  BallotDuplicate: ({ by, ballot }) => `Ballot ${short(ballot)} of ${by} came twice and counts once.`,
  BallotForOther: ({ by, proposal }) => `A ballot of ${by} is for another proposal, ${short(proposal)}.`,
  BallotAfterMerge: ({ by }) => `A ballot of ${by} came after the merge.`,
  BallotOfBot: ({ by }) => `${by} is a bot: bots have no vote.`,
  BallotOfNonMember: ({ by, former }) =>
    former === undefined
      ? `${by} is no member.`
      : `${by} is no member: the login is one that ${former} has in members.yaml, but the account is another.`,
  BallotOfNewMember: ({ by }) =>
    `${by} became a member after this was opened, or becomes one by it: no vote on this one.`,
  BallotOfRevoked: ({ by }) => `${by} is no longer a member with a vote.`,
  BallotOfVoteless: ({ by, roles }) => `${by} has no vote: only ${roles.join(" and ")} vote.`,
  BallotOfSuspended: ({ by }) => `The vote of ${by} is suspended by an emergency that is not yet ratified.`,
  BallotOfSubject: ({ by }) => `This is about ${by}, who therefore has no vote on it.`,
  BallotSignatureInvalid: ({ by }) => `The signature on a ballot of ${by} is not valid for what the ballot says.`,
  BallotKeyForeign: ({ by, key }) => `A ballot of ${by} is signed with ${keyName(key)}, which is not a key of ${by}.`,
  BallotKeyRevoked: ({ by, key }) =>
    `A ballot of ${by} is signed with ${keyName(key)}, which was revoked: sign again with a current key.`,
  BallotKeySuspended: ({ by, key }) =>
    `A ballot of ${by} is signed with ${keyName(key)}, which is suspended by an emergency that is not yet ratified.`,
  BallotForOtherProcedure: ({ by, isEmergency }) =>
    isEmergency
      ? `A ballot of ${by} is for an ordinary vote: an emergency needs one that says so.`
      : `A ballot of ${by} is for an emergency, and this is none.`,
  BallotReplaced: ({ by, ballot }) =>
    `Ballot ${short(ballot)} of ${by} came late: they had replaced it before it came.`,
  BallotUnsigned: ({ by, class: name }) => `A ballot of ${by} has no signature; ${name} counts signed ballots only.`,
  BallotForOtherHead: ({ by, head, current }) =>
    `A ballot of ${by} is for ${short(head)}; since then ${short(current)} was pushed: look at it and vote again.`,
  BallotForOtherPlan: ({ by, plan, current }) =>
    `A ballot of ${by} is for another effect (plan ${short(plan)}, now ${short(current)}): look at it and vote again.`,
  BallotEdited: ({ by }) => `A ballot of ${by} was edited after it was written: write a new one.`,
  BallotNotYetCast: ({ by, at }) =>
    `A ballot of ${by} is of ${time(at)}, which has not come yet: one of the clocks is wrong.`,
  BallotTooLate: ({ by, at, closedAt }) => `A ballot of ${by} came at ${time(at)}; voting ended at ${time(closedAt)}.`,
  BallotYesInExtension: ({ by, until }) =>
    `A yes of ${by} came in the extension until ${time(until)}, which is for those who would answer a late quorum.`,
  BallotSuperseded: ({ by, ballot, later }) =>
    `Ballot ${short(ballot)} of ${by} is superseded by their later one, ${short(later)}.`,
  BallotWithdrawn: ({ by }) => `${by} withdrew their ballot.`,
  BallotOfProposer: ({ by }) => `${by} proposed this and is counted as yes already; approving it too adds nothing.`,
  DismissalIgnored: ({ by, dismissedBy }) =>
    `${dismissedBy} dismissed a ballot of ${by}. Nobody can take away another's vote: it counts on.`,
  NotesOmitted: ({ notes, spelledOut }) =>
    `There are ${notes} notes about ballots; ${spelledOut} of them are written out.`,
};
