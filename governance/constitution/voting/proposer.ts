/** Whether who proposes something thereby says yes to it. */
import type { Case } from "../case.ts";
import type { Member } from "../documents/members.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import { accountName, shown } from "../reasons/wording.ts";
import type { Account } from "../snapshot.ts";
import { memberOf } from "./electorate.ts";

export interface ImplicitYes {
  /** The proposer as an elector, where proposing counts as yes. */
  readonly member?: Member;
  readonly note?: Reason;
}

export function implicitYes(the: Case): ImplicitYes {
  const { snapshot, electorate } = the;
  const { proposer } = snapshot.proposal;
  const member = memberOf(proposer, snapshot.current.members.value.members);
  const elector = member && electorate.electors.get(member.number);
  const name = member ? shown(member.name) : accountName(proposer);
  const why = elector ? notTheirs(elector, the) : notAnElector(proposer, member, the);
  if (why !== undefined || !elector) {
    return { note: reason("ProposerNotCounted", { proposer: name, why: why ?? "they have no vote on it" }) };
  }
  return { member: elector, note: reason("ProposerCounted", { proposer: name }) };
}

function notAnElector(proposer: Account, member: Member | undefined, { electorate }: Case): string {
  if (proposer.kind === "github" && proposer.isBot) return "it is a bot";
  if (!member) return "they are no member";
  return electorate.subjects.has(member.number) ? "it is about them" : "they have no vote on it";
}

/** Somebody else may push to a proposal's branch: its author has not said yes to that. */
function notTheirs(elector: Member, { snapshot, procedure }: Case): string | undefined {
  if (procedure.emergency) return "an emergency needs a signed ballot of each signer";
  const { proposer, head } = snapshot.proposal;
  if (proposer.kind === "github" && proposer.isBot) return "it is a bot";
  if (!head.pushedBy) return "it is not known who pushed what is there now";
  const { members } = snapshot.current.members.value;
  if (memberOf(head.pushedBy, members)?.number !== elector.number) {
    return `what is there now was pushed by ${accountName(head.pushedBy)}`;
  }
  const isSigned = head.signature?.isValid === true && elector.sshKeys.includes(head.signature.key);
  // In plain git an account is a key, and who holds it is shown by a signature only.
  if ((procedure.signedOnly || proposer.kind === "key") && !isSigned)
    return "the last commit is not signed with a key of theirs";
  return undefined;
}
