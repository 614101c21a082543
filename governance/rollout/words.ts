/** Every sentence of the rollout: what, where, and what to do. Made here alone. */
import { listed } from "../../operator/text/list.ts";
import { printable } from "../../operator/text/printable.ts";
import { type GovernedObject, type ObjectName, objectTitle } from "../policy/policy.ts";
import { confirmationsPath } from "../policy/sift.ts";
import type { Drift } from "./command.ts";
import type { LiveObject } from "./live.ts";

const confirmEach = `bring the files back, or name each removal in ${confirmationsPath}`;

export function nothingWantedSentence(commit: string): string {
  return `Commit ${short(commit)} wants no object at all. Nothing was changed: bring the files back.`;
}

export function emptySentence(going: readonly LiveObject[]): string {
  return `No model and no machine would be left: ${titles(going)} would go. Nothing was removed: ${confirmEach}.`;
}

export interface OverCap {
  readonly kind: string;
  readonly going: readonly LiveObject[];
  readonly all: number;
  readonly most: number;
}

export function capSentence({ kind, going, all, most }: OverCap): string {
  return `${going.length} of ${all} objects of the kind ${kind} would be removed (${titles(going)}), ${most} may go without confirmation. Nothing was removed: ${confirmEach}.`;
}

export function unconfirmedSentence(live: LiveObject): string {
  const { kind, name } = nameOf(live);
  return `The removal of ${kind} ${name} is not confirmed, and everything on it would move away or stop: name it in ${confirmationsPath}, or bring its file back.`;
}

export function unknownKindSentence(object: GovernedObject): string {
  return `${objectTitle(object)} (${placeOf(object)}) is of no kind that this version governs: take it out, or install a version that does.`;
}

export function namespaceSentence(object: GovernedObject): string {
  const { namespace = "" } = object;
  return `${objectTitle(object)} (${placeOf(object)}) cannot be made: there is no namespace ${namespace}. Whoever runs the cluster makes it with kubectl create namespace ${namespace} and labels it commonhold.dev/governed=true.`;
}

export function refusedSentence(object: ObjectName, place: string | undefined, why: string): string {
  return `${objectTitle(object)}${place === undefined ? "" : ` (${place})`} was refused: ${why}`;
}

export function unansweredSentence(object: ObjectName, why: string): string {
  return `The API server did not answer for ${objectTitle(object)}, so it is not known whether it was written: ${why}. It is tried again.`;
}

export function notTakenSentence(object: GovernedObject, fields: readonly string[]): string {
  return `${objectTitle(object)} (${placeOf(object)}) was written, but ${listed(fields)} came out otherwise: something in the cluster changes what is written (a webhook, or definitions of the kind from another version). Find it, or install the definitions of this version.`;
}

export function conflictSentence(object: ObjectName): string {
  return `Somebody else kept writing ${objectTitle(object)} while it was brought back to what was decided. It is tried again.`;
}

export function unhealthySentence(waiting: readonly (ObjectName & { why: string })[], afterMs: number): string {
  const named = waiting.map((one) => `${objectTitle(one)} (${one.why})`);
  return `Not healthy after ${Math.round(afterMs / 1000)} s: ${listed(named)}. What comes after waits for it. Mend it, or decide otherwise: a newer decision does not wait.`;
}

export function notFreshSentence(kind: string, why: string | undefined): string {
  return `The cluster cannot be seen as it is, so nothing was changed: ${kind}: ${why ?? "no answer yet"}. It is tried again.`;
}

export function leftSentence(left: number, failures: ReadonlyMap<string, { readonly sentence: string }>): string {
  const [first] = failures.values();
  const why = first
    ? `the API server refused or did not answer others before (${first.sentence})`
    : "the time was over";
  return `${left} writes were not begun: ${why}. The next step goes on with them.`;
}

export function unsettledSentence(looks: number): string {
  return `The cluster kept changing over ${looks} looks at it. It is tried again.`;
}

export function leavingWords(live: LiveObject): string {
  const { finalizers = [] } = live.metadata;
  const held = finalizers.length > 0 ? `, held by ${listed(finalizers.map((one) => printable(one, 100)))}` : "";
  return `it is being deleted${held}`;
}

export function driftWords({ what, manager, fields }: Drift): string {
  if (what === "deleted") return "It had been deleted although the policy repository wants it; it was made again.";
  const who = manager === undefined ? "Somebody" : printable(manager, 128);
  return `${who} had changed ${listed(fields.map((one) => printable(one, 200)))}; it is again as the policy repository says.`;
}

export function nameOf({ kind, metadata }: Pick<LiveObject, "kind" | "metadata">): ObjectName {
  const { namespace, name } = metadata;
  return { kind, ...(namespace !== undefined && { namespace }), name };
}

export function placeOf({ file, line }: GovernedObject): string {
  return `${printable(file, 200)}:${line}`;
}

function titles(objects: readonly LiveObject[]): string {
  return listed(objects.map((live) => objectTitle(nameOf(live))));
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
