/**
 * Whether the members there are could satisfy the rules there are, if all of them agreed. A constitution that no vote
 * could satisfy could not even be repaired by a vote: it is refused, with what is missing and where.
 */
import { classify } from "./changes/classes.ts";
import type { Constitution, DecisionClass } from "./documents/constitution.ts";
import type { Member, Members } from "./documents/members.ts";
import { membersPath } from "./paths/path-problem.ts";
import type { Shortage } from "./reasons/proposal-sentences.ts";
import { counted } from "./reasons/wording.ts";
import { affiliationKey, affiliationsOf } from "./voting/affiliations.ts";
import { hasVote } from "./voting/electorate.ts";

export function shortagesOf(constitution: Constitution, { members }: Members): Shortage[] {
  const voters = members.filter((member) => hasVote(member, constitution));
  return [
    ...constitution.classes.flatMap((rule) => classShortages(rule, constitution, voters)),
    ...membershipShortages(constitution, voters),
    ...emergencyShortages(constitution, voters),
    ...ownerShortages(constitution, members),
  ];
}

/** `voters`: those who may vote on it, and by whose number the quorum goes. */
function classShortages(rule: DecisionClass, constitution: Constitution, voters: readonly Member[]): Shortage[] {
  const shortage = (sentence: string): Shortage => ({ rule: rule.name, sentence: `${rule.name} ${sentence}` });
  const able = rule.ballots === "signed" ? voters.filter(({ sshKeys }) => sshKeys.length > 0) : voters;
  const whose = rule.ballots === "signed" ? "members with an SSH key may vote" : "members may vote";
  const found: Shortage[] = [];
  const needed = rule.quorum.formula.needed(voters.length);
  const most = votesAtMost(able, constitution.votesPerAffiliation);
  if (needed > most) {
    const capped = most < able.length ? `, and by affiliation ${most} count` : "";
    found.push(shortage(`asks for a quorum of ${needed}, but ${able.length} ${whose}${capped}`));
  }
  for (const role of ["member", "maintainer"] as const) {
    const wanted = rule.requires.roles[role] ?? 0;
    const there = able.filter(({ roles }) => roles.includes(role)).length;
    if (wanted > there) found.push(shortage(`asks for the yes of ${counted(wanted, role)}, but there are ${there}`));
  }
  const groups = affiliationsOf(able).size;
  if (rule.requires.affiliations > groups) {
    found.push(shortage(`asks for ${rule.requires.affiliations} affiliations, but there are ${groups}`));
  }
  return found;
}

/** Votes that count if all vote, at most `cap` of each affiliation. */
function votesAtMost(voters: readonly Member[], cap = Number.POSITIVE_INFINITY): number {
  const sizes = new Map<string, number>();
  for (const voter of voters) sizes.set(affiliationKey(voter), (sizes.get(affiliationKey(voter)) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, size) => sum + Math.min(size, cap), 0);
}

/** The others must be able to decide about at least one member, or nobody could ever be put out or leave. */
function membershipShortages(constitution: Constitution, voters: readonly Member[]): Shortage[] {
  const { membership } = constitution;
  if (!membership) return [];
  if (voters.length < membership.minMembers) {
    const sentence = `membership asks for ${counted(membership.minMembers, "voting member")}, but there are ${voters.length}`;
    return [{ rule: "membership", sentence }];
  }
  const rule = classify([{ kind: "modified", path: membersPath }], constitution).decidedBy;
  const isDecidable = (subject: Member): boolean =>
    classShortages(
      rule,
      constitution,
      voters.filter((voter) => voter !== subject),
    ).length === 0;
  if (!membership.subjectMayNotVote || voters.length < 2 || voters.some(isDecidable)) return [];
  return [
    { rule: "membership", sentence: `${rule.name} could decide about no member, because who it is about has no vote` },
  ];
}

function emergencyShortages({ emergency }: Constitution, voters: readonly Member[]): Shortage[] {
  const groups = affiliationsOf(voters.filter(({ sshKeys }) => sshKeys.length > 0)).size;
  if (!emergency || groups >= emergency.signers) return [];
  const sentence = `emergency asks for ${emergency.signers} signers of different affiliation, but members with an SSH key have ${groups}`;
  return [{ rule: "emergency", sentence }];
}

/** An owner is asked by a ballot, and who has no vote has none. */
function ownerShortages(constitution: Constitution, members: readonly Member[]): Shortage[] {
  if (!constitution.classes.some(({ requires, veto }) => requires.owner || veto.owner)) return [];
  const mute = members.filter((member) => member.machines.length > 0 && !hasVote(member, constitution));
  return mute.map(({ name }) => ({
    rule: "voters",
    sentence: `${name} owns machines, but has no vote to consent with`,
  }));
}
