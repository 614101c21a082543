/**
 * Who may vote on a proposal: those who were members when it was opened, less those who are none any more. Who joins
 * later, or by the proposal itself, has no vote on it; so nobody can bring their own majority. What a member is called
 * and signs with is read from what is ratified now, so that a revoked key is revoked at once.
 */

import { isSamePerson, type MembershipChange } from "../changes/membership-change.ts";
import type { Constitution } from "../documents/constitution.ts";
import type { Member } from "../documents/members.ts";
import type { VotingRole } from "../documents/roles.ts";
import { folded } from "../paths/fold.ts";
import type { Account, Snapshot } from "../snapshot.ts";

export interface Electorate {
  /** Who may vote on this, by number. */
  readonly electors: ReadonlyMap<number, Member>;
  /**
   * The number that quorums go by: electors, and those whose vote an emergency has taken; two signers must not make a
   * quorum smaller.
   */
  readonly size: number;
  /** Numbers of those whom the proposal is about and who therefore have no vote. */
  readonly subjects: ReadonlySet<number>;
}

export function electorateOf(
  { opening, current, suspended }: Snapshot,
  constitution: Constitution,
  membership: MembershipChange | undefined,
): Electorate {
  const then = new Map(opening.members.value.members.map((member) => [member.number, member]));
  const subjects = new Set(constitution.membership?.subjectMayNotVote ? subjectsOf(membership) : []);
  const entitled = current.members.value.members.filter((member) => {
    const before = then.get(member.number);
    const belongs =
      before && isSamePerson(before, member) && hasVote(before, constitution) && hasVote(member, constitution);
    return belongs && !subjects.has(member.number);
  });
  const electors = entitled.filter(({ number }) => !suspended.members.includes(number));
  return { electors: new Map(electors.map((member) => [member.number, member])), size: entitled.length, subjects };
}

/** Whom a change of members is about. A changed key, name or machine makes nobody a subject: that would take votes. */
export function subjectsOf(membership: MembershipChange | undefined): number[] {
  if (!membership) return [];
  return [...membership.removed, ...membership.added, ...membership.rolesChanged].map(({ number }) => number);
}

export function hasVote({ roles }: Member, { voters }: Constitution): boolean {
  return roles.some((role) => voters.includes(role as VotingRole));
}

/** The member whose account this is, by number of the account or key; never by login. */
export function memberOf(account: Account, members: readonly Member[]): Member | undefined {
  if (account.kind === "key") return members.find(({ sshKeys }) => sshKeys.includes(account.key));
  return members.find(({ github }) => github?.id === account.id);
}

/** The member who has this login in members.yaml, whatever the account's number. */
export function memberOfLogin(account: Account, members: readonly Member[]): Member | undefined {
  if (account.kind === "key") return undefined;
  return members.find(({ github }) => github !== undefined && folded(github.login) === folded(account.login));
}
