/** All that is known of a proposal before its votes are counted: what it changes, who decides about it, and how. */
import { type Classification, classify } from "./changes/classes.ts";
import { type Duties, dutiesOf } from "./changes/duties.ts";
import { type MembershipChange, membershipChange } from "./changes/membership-change.ts";
import type { Constitution, Sealed } from "./documents/constitution.ts";
import { constitutionPath, membersPath } from "./paths/path-problem.ts";
import type { Change, Snapshot } from "./snapshot.ts";
import { type Electorate, electorateOf } from "./voting/electorate.ts";
import { type Procedure, procedureOf } from "./voting/procedure.ts";

export interface Case {
  readonly snapshot: Snapshot;
  /** The rules that it is judged under. */
  readonly constitution: Constitution;
  readonly changesConstitution: boolean;
  readonly changesMembers: boolean;
  readonly classification: Classification;
  /** Where members.yaml changes and can be read. */
  readonly membership?: MembershipChange;
  readonly duties: Duties;
  readonly electorate: Electorate;
  readonly procedure: Procedure;
}

export function caseOf(snapshot: Snapshot, { value: constitution }: Sealed<Constitution>): Case {
  const { changes, candidate } = snapshot.proposal;
  const members = snapshot.current.members.value;
  const changesMembers = touches(changes, membersPath);
  const membership =
    changesMembers && candidate.members?.ok ? membershipChange(members, candidate.members.value.value) : undefined;
  const classification = classify(changes, constitution);
  return {
    snapshot,
    constitution,
    changesConstitution: touches(changes, constitutionPath),
    changesMembers,
    classification,
    ...(membership && { membership }),
    duties: dutiesOf(classification, constitution, members, membership),
    electorate: electorateOf(snapshot, constitution, membership),
    procedure: procedureOf(snapshot, constitution, classification.decidedBy),
  };
}

/** Both names of a rename count. */
function touches(changes: readonly Change[], wanted: string): boolean {
  return changes.some(({ path, from }) => path === wanted || from === wanted);
}
