/**
 * What goes: governed objects that the target does not have. The bounds are those by which a proposal was checked
 * (`policy/removals.ts`), held here against what is really there, since a proposal can be checked against a cluster that was
 * another one.
 */
import { isDeleting } from "../../operator/kube/finalizers.ts";
import { objectKey } from "../policy/policy.ts";
import { isGoverned } from "./governed.ts";
import { type GovernedKind, waves } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import type { Target } from "./rollout.ts";
import type { Failure, Snapshot } from "./snapshot.ts";
import { capSentence, emptySentence, unconfirmedSentence } from "./words.ts";

export interface Pruning {
  /** By stage: what names models first, then models, then what they stand on. */
  readonly stages: readonly (readonly Going[])[];
  /** What has to stay, by key. */
  readonly refusals: ReadonlyMap<string, Failure>;
}

export interface Going {
  readonly key: string;
  readonly of: GovernedKind;
  readonly live: LiveObject;
  readonly isLeaving: boolean;
}

export function pruning(snapshot: Snapshot, target: Target, isWanted: (key: string) => boolean): Pruning {
  const governed = governedObjects(snapshot);
  const unwanted = governed.filter(({ key }) => !isWanted(key));
  const standing = governed.filter(({ isLeaving }) => !isLeaving);
  const refusals = refusalsOf(standing, target, isWanted, snapshot.limits.removedShareMax);
  const going = unwanted.filter(({ key, isLeaving }) => isLeaving || !refusals.has(key));
  const stages = waves.toReversed().map((wave) => going.filter(({ of }) => of.wave === wave));
  return { stages, refusals };
}

function governedObjects({ kinds, live }: Snapshot): Going[] {
  const kindOf = new Map(kinds.map((kind) => [kind.type.kind, kind]));
  return [...live].flatMap(([key, object]) => {
    const of = kindOf.get(object.kind);
    return of && isGoverned(object) ? [{ key, of, live: object, isLeaving: isDeleting(object) }] : [];
  });
}

function refusalsOf(
  standing: readonly Going[],
  target: Target,
  isWanted: (key: string) => boolean,
  shareMax: number,
): Map<string, Failure> {
  const confirmed = new Set(target.policy.confirmations.map(objectKey));
  const silent = standing.filter(({ key }) => !isWanted(key) && !confirmed.has(key));
  if (silent.length === 0) return new Map();
  if (isEmptied(silent, target)) return allOf(silent, "EmptySet", emptySentence(silent.map(({ live }) => live)));
  const over = overCap(standing, silent, shareMax);
  if (over.size > 0) return over;
  return unconfirmed(silent);
}

/** Members are always there; without a model and a machine there would be nothing left to govern. */
function isEmptied(silent: readonly Going[], { policy }: Target): boolean {
  return silent.some(({ of }) => of.type.kind !== "Member") && policy.objects.every(({ kind }) => kind === "Member");
}

/** By kind: many models must not make room for the loss of every machine. One kind over its bound holds all. */
function overCap(standing: readonly Going[], silent: readonly Going[], shareMax: number): Map<string, Failure> {
  for (const kind of new Set(silent.map(({ of }) => of.type.kind))) {
    const going = silent.filter(({ of }) => of.type.kind === kind);
    const all = standing.filter(({ of }) => of.type.kind === kind).length;
    const most = Math.max(1, Math.floor(all * shareMax));
    if (going.length <= most) continue;
    const sentence = capSentence({ kind, going: going.map(({ live }) => live), all, most });
    return allOf(silent, "PruneCap", sentence);
  }
  return new Map();
}

function unconfirmed(silent: readonly Going[]): Map<string, Failure> {
  const held = silent.filter(({ of }) => of.needsConfirmation);
  return new Map(held.map(({ key, live }) => [key, failure("Unconfirmed", unconfirmedSentence(live))]));
}

function allOf(silent: readonly Going[], code: Failure["code"], sentence: string): Map<string, Failure> {
  return new Map(silent.map(({ key }) => [key, failure(code, sentence)]));
}

function failure(code: Failure["code"], sentence: string): Failure {
  return { code, reason: code, sentence };
}
