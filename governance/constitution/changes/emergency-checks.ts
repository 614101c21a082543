/** An emergency has to be provided for, and may only reduce. */
import type { Case } from "../case.ts";
import type { Member, Members } from "../documents/members.ts";
import { membersPath } from "../paths/path-problem.ts";
import { reason } from "../reasons/reason.ts";
import type { CaseCheck } from "./amendment-checks.ts";
import { type Grant, grantsOf, membershipGrants } from "./reductions.ts";

export const emergencyChecks: readonly CaseCheck[] = [
  ({ snapshot, procedure }) =>
    snapshot.proposal.emergency && !procedure.emergency ? reason("EmergencyUnknown", {}) : undefined,
  (the) => {
    const grants = the.procedure.emergency ? allGrants(the) : [];
    return grants.length > 0 ? reason("EmergencyGrants", { grants }) : undefined;
  },
];

function allGrants(the: Case): Grant[] {
  const { snapshot, procedure } = the;
  const may = procedure.emergency?.may ?? [];
  return snapshot.proposal.changes.flatMap((change) => {
    if (change.path !== membersPath || change.kind !== "modified") return grantsOf(change, may);
    const after = snapshot.proposal.candidate.members;
    if (!the.membership || !after?.ok) return [];
    const others = changedOtherwise(snapshot.current.members.value, after.value.value);
    return membershipGrants(the.membership, others, may).map((what) => ({ path: membersPath, what }));
  });
}

/** Members who stay, and of whom more changed than that keys are gone. */
function changedOtherwise(before: Members, after: Members): string[] {
  const later = new Map(after.members.map((member) => [member.number, member]));
  return before.members.flatMap((member) => {
    const now = later.get(member.number);
    return !now || isReduced(member, now) ? [] : [member.name];
  });
}

function isReduced({ sshKeys: before, ...rest }: Member, { sshKeys: after, ...restAfter }: Member): boolean {
  return (
    after.every((key) => before.includes(key)) && JSON.stringify(sorted(rest)) === JSON.stringify(sorted(restAfter))
  );
}

function sorted(fields: object): [string, unknown][] {
  return Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
