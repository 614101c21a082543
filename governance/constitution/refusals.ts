/** Why a proposal cannot pass as it is, whoever votes for it: an ordered list that reads as the rules do. */
import type { Case } from "./case.ts";
import { amendmentChecks, type CaseCheck } from "./changes/amendment-checks.ts";
import { emergencyChecks } from "./changes/emergency-checks.ts";
import { membershipChecks } from "./changes/membership-checks.ts";
import { folded } from "./paths/fold.ts";
import { pathProblem } from "./paths/path-problem.ts";
import { type Reason, reason } from "./reasons/reason.ts";

/** Files of one proposal. */
export const changesMax = 10_000;

export const refusalChecks: readonly CaseCheck[] = [
  ({ snapshot }) => (snapshot.proposal.changes.length === 0 ? reason("NothingChanges", {}) : undefined),
  ({ snapshot }) => {
    const changes = snapshot.proposal.changes.length;
    return changes > changesMax ? reason("TooManyChanges", { changes, changesMax }) : undefined;
  },
  unsafePaths,
  unsafeModes,
  collidingPaths,
  ...amendmentChecks,
  ...membershipChecks,
  ({ duties }) => (duties.unowned.length > 0 ? reason("MachinesUnowned", { machines: duties.unowned }) : undefined),
  ...emergencyChecks,
];

function unsafePaths({ classification }: Case): Reason | undefined {
  const paths = classification.paths.flatMap(({ path }) => {
    const problem = pathProblem(path);
    return problem === undefined ? [] : [{ path, problem }];
  });
  return paths.length > 0 ? reason("UnsafePaths", { paths }) : undefined;
}

/** No symbolic links (120000), submodules (160000) or executables (100755). */
function unsafeModes({ snapshot }: Case): Reason | undefined {
  const paths = snapshot.proposal.changes.flatMap(({ kind, path, mode = "no mode" }) =>
    kind === "removed" || mode === "100644" ? [] : [{ path, mode }],
  );
  return paths.length > 0 ? reason("UnsafeModes", { paths }) : undefined;
}

function collidingPaths({ snapshot }: Case): Reason | undefined {
  const names = new Map<string, string[]>();
  for (const { kind, path } of snapshot.proposal.changes) {
    if (kind !== "removed") names.set(folded(path), [...(names.get(folded(path)) ?? []), path]);
  }
  const paths = [...names.values()].filter((same) => same.length > 1).flat();
  return paths.length > 0 ? reason("CollidingPaths", { paths }) : undefined;
}
