/**
 * A change of the constitution: alone, the next version of the ratified one, chained to its digest, and such that today's
 * members could still decide. So rules cannot be smuggled in, rolled back, or replaced by older ones that looked good
 * (CVE-2026-44544), and a community cannot lock itself out.
 */
import type { Case } from "../case.ts";
import type { Constitution, Sealed } from "../documents/constitution.ts";
import { shortagesOf } from "../feasibility.ts";
import { constitutionPath } from "../paths/path-problem.ts";
import { type Reason, reason } from "../reasons/reason.ts";

export type CaseCheck = (the: Case) => Reason | undefined;

export const amendmentChecks: readonly CaseCheck[] = [
  ({ changesConstitution, classification }) => {
    const others = classification.paths.map(({ path }) => path).filter((path) => path !== constitutionPath);
    return changesConstitution && others.length > 0 ? reason("ConstitutionNotAlone", { others }) : undefined;
  },
  ({ changesConstitution, snapshot }) => {
    if (!changesConstitution) return undefined;
    const { constitution } = snapshot.proposal.candidate;
    if (!constitution) return reason("ConstitutionMissing", {});
    return constitution.ok ? undefined : reason("ConstitutionInvalid", { problems: constitution.problems });
  },
  amendment(({ value }, ratified) =>
    value.version === ratified.value.version + 1
      ? undefined
      : reason("ConstitutionVersionWrong", { ratified: ratified.value.version, proposed: value.version }),
  ),
  amendment(({ value }, ratified) =>
    value.previous === ratified.digest
      ? undefined
      : reason("ConstitutionChainBroken", { ratified: ratified.digest, named: value.previous }),
  ),
  amendment(({ value }, _, { snapshot }) => {
    const shortages = shortagesOf(value, snapshot.current.members.value);
    return shortages.length > 0 ? reason("ConstitutionInfeasible", { shortages }) : undefined;
  }),
];

/** Asked only where there is a constitution to look at; compared with what is ratified now, whatever was at the opening. */
function amendment(
  check: (proposed: Sealed<Constitution>, ratified: Sealed<Constitution>, the: Case) => Reason | undefined,
): CaseCheck {
  return (the) => {
    const { constitution } = the.snapshot.proposal.candidate;
    if (!the.changesConstitution || !constitution?.ok) return undefined;
    return check(constitution.value, the.snapshot.current.constitution, the);
  };
}
