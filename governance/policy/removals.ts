/**
 * How much may go at once. A tree that lost its files by accident (a bad merge, a folder renamed) asks for the same as one
 * that means it. So what goes without a word is bounded, and what is meant is named in `confirmations.yaml`, with a reason,
 * in the same proposal.
 */
import type { Problem } from "../constitution/documents/problem.ts";
import { kindsToConfirm } from "./kinds.ts";
import { type GovernedObject, type ObjectName, objectKey, objectTitle, type Policy } from "./policy.ts";
import { confirmationsPath } from "./sift.ts";

export type RemovalCode = "EmptySet" | "PruneCap" | "Unconfirmed";

export interface RemovalProblem extends Problem {
  readonly code: RemovalCode;
}

/** Of the objects of one kind; one may always go. */
export const removedShareMax = 1 / 4;

/** Whether `after` may take the place of `before`: every reason against it, none where it may. */
export function removalProblems(before: Policy, after: Policy): RemovalProblem[] {
  const kept = new Set(after.objects.map(objectKey));
  const confirmed = new Set(after.confirmations.map(objectKey));
  const removed = before.objects.filter((object) => !kept.has(objectKey(object)));
  const silent = removed.filter((object) => !confirmed.has(objectKey(object)));
  return [...emptySet(after, silent), ...unconfirmed(silent), ...overCap(before, silent)];
}

/** `members.yaml` is never empty, so members do not count. */
function emptySet(after: Policy, silent: readonly GovernedObject[]): RemovalProblem[] {
  const isOther = ({ kind }: ObjectName): boolean => kind !== "Member";
  const [first] = silent.filter(isOther);
  if (!first || after.objects.some(isOther)) return [];
  return [problem("EmptySet", first, "no model and no machine would be left", confirmEach)];
}

const confirmEach = `bring the files back, or name each removal in ${confirmationsPath}`;

function unconfirmed(silent: readonly GovernedObject[]): RemovalProblem[] {
  return silent
    .filter(({ kind }) => kindsToConfirm.has(kind))
    .map((object) => {
      const reason = `the removal of ${objectTitle(object)} is not confirmed: everything on it would move away or stop`;
      const entry = `{kind: ${object.kind}, name: ${object.name}, reason: …}`;
      return problem("Unconfirmed", object, reason, `add ${entry} to the removals in ${confirmationsPath}`);
    });
}

/** By kind: many models must not make room for the loss of every machine. */
function overCap(before: Policy, silent: readonly GovernedObject[]): RemovalProblem[] {
  const kinds = [...new Set(silent.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const going = silent.filter((object) => object.kind === kind);
    const all = before.objects.filter((object) => object.kind === kind).length;
    const most = Math.max(1, Math.floor(all * removedShareMax));
    const [first] = going;
    if (!first || going.length <= most) return [];
    const reason = `${going.length} of ${all} objects of the kind ${kind} would be removed, ${most} may go without confirmation`;
    return [problem("PruneCap", first, reason, confirmEach)];
  });
}

function problem(code: RemovalCode, { file }: GovernedObject, reason: string, fix: string): RemovalProblem {
  return { code, file, line: 1, column: 1, path: "", reason, fix };
}
