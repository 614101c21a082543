/**
 * Why a ballot does not count, whatever the others say: an ordered list, the first that finds something says why. What
 * depends on the other ballots (too late, superseded) is seen when they are counted.
 */
import type { Case } from "../case.ts";
import type { Member } from "../documents/members.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import { accountName, shown } from "../reasons/wording.ts";
import type { Ballot } from "../snapshot.ts";
import { hasVote, memberOf, memberOfLogin } from "./electorate.ts";

export type BallotCheck = (ballot: Ballot, the: Case) => Reason | undefined;

export const ballotChecks: readonly BallotCheck[] = [
  // A signed ballot for another proposal is not carried over to this one.
  (ballot, the) =>
    ballot.proposal !== the.snapshot.proposal.id
      ? reason("BallotForOther", { ...of(ballot, the), proposal: ballot.proposal })
      : undefined,
  // The merge ends the vote.
  (ballot, the) =>
    the.snapshot.merged && ballot.sequence > the.snapshot.merged.sequence
      ? reason("BallotAfterMerge", of(ballot, the))
      : undefined,
  (ballot, the) =>
    ballot.by.kind === "github" && ballot.by.isBot ? reason("BallotOfBot", of(ballot, the)) : undefined,
  belongsToNoElector,
  signatureProblem,
  // Who says yes to a proposal has not said that it is an emergency, nor the other way round.
  (ballot, the) => {
    const isEmergency = the.procedure.emergency !== undefined;
    return (ballot.isEmergency ?? false) === isEmergency
      ? undefined
      : reason("BallotForOtherProcedure", { ...of(ballot, the), isEmergency });
  },
  // A push resets all votes: what was approved is not what is there now.
  (ballot, the) =>
    ballot.head !== the.snapshot.proposal.head.sha
      ? reason("BallotForOtherHead", { ...of(ballot, the), head: ballot.head, current: the.snapshot.proposal.head.sha })
      : undefined,
  (ballot, the) =>
    ballot.plan !== the.snapshot.proposal.plan
      ? reason("BallotForOtherPlan", { ...of(ballot, the), plan: ballot.plan, current: the.snapshot.proposal.plan })
      : undefined,
  // Nobody can tell who edited it.
  (ballot, the) => (ballot.isEdited ? reason("BallotEdited", of(ballot, the)) : undefined),
];

/** The elector whose ballot this is. */
export function electorOf({ by }: Ballot, { snapshot, electorate }: Case): Member | undefined {
  const member = memberOf(by, snapshot.current.members.value.members);
  return member && electorate.electors.get(member.number);
}

function belongsToNoElector(ballot: Ballot, the: Case): Reason | undefined {
  if (electorOf(ballot, the)) return undefined;
  const { opening, current, proposal, suspended } = the.snapshot;
  const data = of(ballot, the);
  const member = memberOf(ballot.by, current.members.value.members);
  const then = memberOf(ballot.by, opening.members.value.members);
  if (!member && then) {
    const stays = current.members.value.members.some(({ number }) => number === then.number);
    if (stays && ballot.by.kind === "key") return reason("BallotKeyRevoked", { ...data, key: ballot.by.key });
    return reason("BallotOfRevoked", data);
  }
  if (!member) {
    const { candidate } = proposal;
    const joins = candidate.members?.ok && memberOf(ballot.by, candidate.members.value.value.members);
    if (joins) return reason("BallotOfNewMember", data);
    const former = memberOfLogin(ballot.by, current.members.value.members);
    return reason("BallotOfNonMember", { ...data, former: former?.name });
  }
  if (suspended.members.includes(member.number)) return reason("BallotOfSuspended", data);
  if (the.electorate.subjects.has(member.number)) return reason("BallotOfSubject", data);
  if (!hasVote(member, the.constitution)) {
    return reason("BallotOfVoteless", { ...data, roles: the.constitution.voters });
  }
  return reason("BallotOfNewMember", data);
}

/** A key that is an account's own must sign what it says; a signature of whom it belongs to nobody is worse than none. */
function signatureProblem(ballot: Ballot, the: Case): Reason | undefined {
  const elector = electorOf(ballot, the);
  const { signature } = ballot;
  const data = of(ballot, the);
  if (!signature) {
    const isNeeded = the.procedure.signedOnly || ballot.by.kind === "key";
    return isNeeded ? reason("BallotUnsigned", { ...data, class: the.procedure.name }) : undefined;
  }
  if (!signature.isValid || (ballot.by.kind === "key" && ballot.by.key !== signature.key)) {
    return reason("BallotSignatureInvalid", data);
  }
  if (the.snapshot.suspended.keys.includes(signature.key)) {
    return reason("BallotKeySuspended", { ...data, key: signature.key });
  }
  if (elector?.sshKeys.includes(signature.key)) return undefined;
  const before = the.snapshot.opening.members.value.members.find(({ number }) => number === elector?.number);
  const wasTheirs = before?.sshKeys.includes(signature.key);
  return reason(wasTheirs ? "BallotKeyRevoked" : "BallotKeyForeign", { ...data, key: signature.key });
}

/** The ballot and whose it is, for a sentence. */
export function of(ballot: Ballot, { snapshot }: Pick<Case, "snapshot">): { ballot: string; by: string } {
  const { current, opening } = snapshot;
  const member =
    memberOf(ballot.by, current.members.value.members) ?? memberOf(ballot.by, opening.members.value.members);
  return { ballot: ballot.id, by: member ? shown(member.name) : accountName(ballot.by) };
}
