/** A change of members: nobody by stealth, not many at once, never so few that the community cannot decide. */
import type { Case } from "../case.ts";
import type { MembershipRules } from "../documents/constitution-schema.ts";
import type { Member, Members } from "../documents/members.ts";
import { shortagesOf } from "../feasibility.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import type { Suspended } from "../snapshot.ts";
import { hasVote, memberOf } from "../voting/electorate.ts";
import type { CaseCheck } from "./amendment-checks.ts";
import type { MembershipChange } from "./membership-change.ts";

export const membershipChecks: readonly CaseCheck[] = [
  ({ changesMembers, snapshot }) => {
    if (!changesMembers) return undefined;
    const { members } = snapshot.proposal.candidate;
    if (!members) return reason("MembersMissing", {});
    return members.ok ? undefined : reason("MembersInvalid", { problems: members.problems });
  },
  changed(({ added }, _, { snapshot }) => {
    const greatest = Math.max(...snapshot.current.members.value.members.map(({ number }) => number));
    const reused = added.filter(({ number }) => number <= greatest).map(({ name }) => name);
    return reused.length > 0 ? reason("NumbersReused", { members: reused, greatest }) : undefined;
  }),
  changed((change, _, the) => tooManySubjects(change, the)),
  changed((_, after, { constitution }) => {
    const members = after.members.filter((member) => hasVote(member, constitution)).length;
    const minMembers = constitution.membership?.minMembers ?? 1;
    return members < minMembers ? reason("MembersTooFew", { members, minMembers }) : undefined;
  }),
  // An emergency ends by itself; what lasts has to leave a community that can decide.
  changed((_, after, { constitution, procedure }) => {
    const shortages = procedure.emergency ? [] : shortagesOf(constitution, after);
    return shortages.length > 0 ? reason("MembersInfeasible", { shortages }) : undefined;
  }),
];

function changed(check: (change: MembershipChange, after: Members, the: Case) => Reason | undefined): CaseCheck {
  return (the) => {
    const { members } = the.snapshot.proposal.candidate;
    return the.membership && members?.ok ? check(the.membership, members.value.value, the) : undefined;
  };
}

/** Where an emergency may revoke members and the constitution does not say how many at once. */
const emergencyFraction: MembershipRules["maxRemovalFraction"] = { num: 1, den: 3 };

/** Who lose their vote or roles, with those who lost theirs to an emergency already; leaving by oneself is not counted. */
function tooManySubjects({ removed, rolesChanged, keysTaken }: MembershipChange, the: Case): Reason | undefined {
  const { constitution, snapshot, procedure } = the;
  const fraction = constitution.membership?.maxRemovalFraction ?? (procedure.emergency && emergencyFraction);
  if (!fraction) return undefined;
  const { members } = snapshot.current.members.value;
  const proposer = memberOf(snapshot.proposal.proposer, members);
  const voters = members.filter((member) => hasVote(member, constitution));
  const weakened = procedure.emergency ? [...keysTaken, ...suspendedOf(snapshot.suspended, voters)] : [];
  const subjects = new Set(
    [...removed.filter((member) => member !== proposer), ...rolesChanged, ...weakened].filter((member) =>
      hasVote(member, constitution),
    ),
  );
  const allowed = Math.floor((voters.length * fraction.num) / fraction.den);
  if (subjects.size <= allowed) return undefined;
  const names = [...subjects].map(({ name }) => name).toSorted();
  return reason("SubjectsTooMany", { subjects: names, allowed, electors: voters.length });
}

/** Who lost their vote or a key to an emergency that is not ratified: two signers may not go on until nobody is left. */
function suspendedOf({ members, keys }: Suspended, voters: readonly Member[]): Member[] {
  return voters.filter(({ number, sshKeys }) => members.includes(number) || sshKeys.some((key) => keys.includes(key)));
}
