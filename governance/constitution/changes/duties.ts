/** What the changed paths oblige a vote to: owners who are asked, roles and affiliations that must be among the yes. */

import type { Constitution } from "../documents/constitution.ts";
import type { Member, Members } from "../documents/members.ts";
import type { VotingRole } from "../documents/roles.ts";
import { membersPath } from "../paths/path-problem.ts";
import type { Classification } from "./classes.ts";
import type { MembershipChange } from "./membership-change.ts";

export interface Duties {
  readonly owners: readonly OwnerDuty[];
  /** Machines whose file stays or comes although no member owns them. */
  readonly unowned: readonly { readonly machine: string; readonly path: string }[];
  readonly roles: readonly { readonly role: VotingRole; readonly needed: number }[];
  /** Different affiliations among the yes. */
  readonly affiliations: number;
  readonly vetoes: readonly { readonly role: VotingRole; readonly needsReason: boolean }[];
}

export interface OwnerDuty {
  readonly owner: Member;
  readonly machine: string;
  readonly path: string;
  readonly consent: boolean;
  readonly veto: boolean;
  readonly needsReason: boolean;
}

/** `members`: who is ratified; a proposal cannot make its own owners. */
export function dutiesOf(
  classification: Classification,
  constitution: Constitution,
  members: Members,
  membership?: MembershipChange,
): Duties {
  const { matched } = classification;
  const asksOwners = constitution.classes.some(({ requires, veto }) => requires.owner || veto.owner);
  const { owners, unowned } = ownersOf(classification, members, membership);
  return {
    owners: [...owners, ...(membership && asksOwners ? takenFrom(membership) : [])],
    unowned,
    roles: (["member", "maintainer"] as const).flatMap((role) => {
      const needed = Math.max(0, ...matched.map(({ requires }) => requires.roles[role] ?? 0));
      return needed > 0 ? [{ role, needed }] : [];
    }),
    affiliations: Math.max(1, ...matched.map(({ requires }) => requires.affiliations)),
    vetoes: matched.flatMap(({ veto }) => veto.roles.map((role) => ({ role, needsReason: veto.needsReason }))),
  };
}

function ownersOf({ paths }: Classification, { members }: Members, membership?: MembershipChange) {
  const owners: OwnerDuty[] = [];
  const unowned: { machine: string; path: string }[] = [];
  const leaving = new Set(membership?.removed.map(({ number }) => number));
  for (const { path, isGone, machines } of paths) {
    for (const { machine, class: asking } of machines) {
      const owner = members.find((member) => member.machines.includes(machine));
      // What nobody owns any more may go, and the machine of who is put out with it.
      if (isGone && (!owner || leaving.has(owner.number))) continue;
      if (!owner) unowned.push({ machine, path });
      else {
        const { requires, veto } = asking;
        owners.push({ owner, machine, path, consent: requires.owner, veto: veto.owner, needsReason: veto.needsReason });
      }
    }
  }
  return { owners, unowned };
}

/** Or a machine could be given to somebody else first, who then consents to everything. */
function takenFrom({ machinesTaken }: MembershipChange): OwnerDuty[] {
  return machinesTaken.map(({ machine, owner }) => ({
    owner,
    machine,
    path: membersPath,
    consent: true,
    veto: true,
    needsReason: false,
  }));
}
