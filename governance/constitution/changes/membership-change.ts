/** Who comes, who goes, and whose standing changes, when members.yaml changes. */
import type { Member, Members } from "../documents/members.ts";

export interface MembershipChange {
  readonly added: readonly Member[];
  /** Gone, or another person under the same number. */
  readonly removed: readonly Member[];
  /** Still there with other roles. */
  readonly rolesChanged: readonly Member[];
  /** Still there with fewer keys. */
  readonly keysTaken: readonly Member[];
  /** Machines taken from a member who stays. */
  readonly machinesTaken: readonly { readonly machine: string; readonly owner: Member }[];
}

export function membershipChange(before: Members, after: Members): MembershipChange {
  const later = new Map(after.members.map((member) => [member.number, member]));
  const staying = before.members.flatMap((member) => {
    const now = later.get(member.number);
    return now && isSamePerson(member, now) ? [{ member, now }] : [];
  });
  const stayingNumbers = new Set(staying.map(({ member }) => member.number));
  return {
    added: after.members.filter((member) => !stayingNumbers.has(member.number)),
    removed: before.members.filter(({ number }) => !stayingNumbers.has(number)),
    rolesChanged: staying.flatMap(({ member, now }) => (sameSet(member.roles, now.roles) ? [] : [member])),
    keysTaken: staying.flatMap(({ member, now }) =>
      member.sshKeys.every((key) => now.sshKeys.includes(key)) ? [] : [member],
    ),
    machinesTaken: staying.flatMap(({ member, now }) =>
      member.machines
        .filter((machine) => !now.machines.includes(machine))
        .map((machine) => ({ machine, owner: member })),
    ),
  };
}

/** Keys may be rotated and an account may change; both at once is another person under an old number. */
export function isSamePerson(before: Member, after: Member): boolean {
  return before.github?.id === after.github?.id || before.sshKeys.some((key) => after.sshKeys.includes(key));
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry));
}
