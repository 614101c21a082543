/**
 * What is to be done next on the way to a target, and how things stand when there is nothing left to do: a pure function of a
 * snapshot. It holds no state, so whoever was killed anywhere begins again here and comes to the same end.
 *
 * Waves: members, machines and providers; models; routes; then what was removed, the other way round. Each waits until what
 * this target changed in the one before is healthy. What is drift, or an emergency, waits for nothing.
 */
import type { Apply, Command, Remove } from "./command.ts";
import { type Desired, desiredObjects, type Origin, originIn } from "./desired.ts";
import { type Differs, type Judgement, judge, originOf } from "./judge.ts";
import { waves } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import { type Going, type Pruning, pruning } from "./prune.ts";
import type { Target, Waiting } from "./rollout.ts";
import type { Failure, Snapshot } from "./snapshot.ts";
import { type Standing, standingOf } from "./standing.ts";
import { leavingWords, nameOf, namespaceSentence, nothingWantedSentence, unknownKindSentence } from "./words.ts";

export interface RolloutPlan {
  /** One stage: in any order, at the same time. After them comes another look. */
  readonly commands: readonly Command[];
  /** How things stand; the outcome when there are no commands. */
  readonly standing: Standing;
  /** What cannot be done, by key. */
  readonly failures: ReadonlyMap<string, Failure>;
}

export function planRollout(snapshot: Snapshot, target: Target, now: number): RolloutPlan {
  const desired = desiredObjects(target, snapshot.kinds);
  if (desired.size === 0) return nothingWanted(target);
  const origin = originIn(target);
  const survey = [...desired.values()].map((one) => surveyed(one, snapshot, origin));
  const prune = pruning(snapshot, target, (key) => desired.has(key));
  const stage = nextStage(survey, prune, snapshot, origin);
  const failures = new Map([...snapshot.failures, ...prune.refusals, ...survey.flatMap(failureOf)]);
  return { commands: stage.commands, standing: standingOf(failures, stage.waitsFor, snapshot, now), failures };
}

function nothingWanted({ commit }: Target): RolloutPlan {
  const sentence = nothingWantedSentence(commit);
  return {
    commands: [],
    standing: { state: "failed", code: "EmptySet", sentence, waitsFor: [] },
    failures: new Map(),
  };
}

interface Surveyed {
  readonly desired: Desired;
  readonly live: LiveObject | undefined;
  readonly judgement: Judgement | undefined;
  readonly failure: Failure | undefined;
}

function surveyed(desired: Desired, snapshot: Snapshot, origin: Origin): Surveyed {
  const { key, kind, object } = desired;
  const live = snapshot.live.get(key);
  if (!kind) {
    const failure = { code: "Refused", reason: "UnknownKind", sentence: unknownKindSentence(object) } as const;
    return { desired, live, judgement: undefined, failure };
  }
  const judgement = judge(desired, kind, live, { origin, isSettled: snapshot.isSettled });
  return { desired, live, judgement, failure: snapshot.failures.get(key) ?? missingNamespace(desired, live, snapshot) };
}

function missingNamespace({ object }: Desired, live: LiveObject | undefined, snapshot: Snapshot): Failure | undefined {
  const { namespace } = object;
  if (live || namespace === undefined || !snapshot.missingNamespaces.has(namespace)) return undefined;
  return { code: "NamespaceMissing", reason: "NamespaceMissing", sentence: namespaceSentence(object) };
}

function failureOf({ desired, failure }: Surveyed): [string, Failure][] {
  return failure ? [[desired.key, failure]] : [];
}

interface Stage {
  readonly commands: readonly Command[];
  readonly waitsFor: readonly Waiting[];
}

function nextStage(survey: readonly Surveyed[], prune: Pruning, snapshot: Snapshot, origin: Origin): Stage {
  const writes = survey.flatMap((one) => writeFor(one, snapshot, origin) ?? []);
  const atOnce = writes.filter((write) => write.drift !== undefined || write.desired.emergency !== undefined);
  const revoked = removals(
    prune.stages.flat().filter(({ of }) => of.leavesAtOnce),
    snapshot,
  );
  for (const wave of waves) {
    const here = writes.filter(({ of }) => of.wave === wave);
    if (here.length > 0) return { commands: [...new Set([...atOnce, ...here]), ...revoked], waitsFor: [] };
    const waitsFor = survey.flatMap((one) => (one.desired.kind?.wave === wave ? waitFor(one, snapshot, origin) : []));
    const isHeld = waitsFor.length > 0 || survey.some((one) => one.failure && (one.desired.kind?.wave ?? 1) === wave);
    if (isHeld) return { commands: [...atOnce, ...revoked], waitsFor };
  }
  for (const stage of prune.stages) {
    if (stage.length === 0) continue;
    return { commands: removals(stage, snapshot), waitsFor: stage.flatMap(leaving) };
  }
  return { commands: [], waitsFor: [] };
}

function writeFor({ desired, live, judgement, failure }: Surveyed, snapshot: Snapshot, origin: Origin) {
  const { key, kind } = desired;
  if (!kind || failure || !judgement) return undefined;
  const common = { kind: "Apply", key, desired, of: kind, live } as const;
  if (judgement.state === "absent") {
    const drift = snapshot.wasApplied ? driftOf(desired, undefined, undefined) : undefined;
    return { ...common, origin, surplus: undefined, drift } satisfies Apply;
  }
  if (judgement.state !== "differs") return undefined;
  const { surplus, cause } = judgement;
  const drift = cause === "drift" || snapshot.wasApplied ? driftOf(desired, live, judgement) : undefined;
  return { ...common, origin: judgement.origin, surplus, drift } satisfies Apply;
}

function driftOf({ object }: Desired, live: LiveObject | undefined, differs: Differs | undefined) {
  const { kind, namespace, name } = object;
  return {
    object: { kind, ...(namespace !== undefined && { namespace }), name },
    uid: live?.metadata.uid,
    what: live ? "changed" : "deleted",
    manager: differs?.manager,
    fields: differs?.fields ?? [],
  } as const;
}

/** What this target made of it has to be healthy before the next wave; what an older one left is no matter. */
function waitFor({ desired, live, judgement }: Surveyed, snapshot: Snapshot, origin: Origin): Waiting[] {
  if (!live || !desired.kind) return [];
  if (judgement?.state === "leaving") return [{ ...nameOf(live), why: leavingWords(live) }];
  if (snapshot.wasApplied || judgement?.state !== "current") return [];
  const madeBy = originOf(live);
  if (madeBy?.commit !== origin.commit || madeBy.tree !== origin.tree) return [];
  const why = desired.kind.ailment(live);
  return why === undefined ? [] : [{ ...nameOf(live), why }];
}

function removals(stage: readonly Going[], { failures }: Snapshot): Remove[] {
  const standing = stage.filter(({ key, isLeaving }) => !isLeaving && !failures.has(key));
  return standing.map(({ key, of, live }) => ({ kind: "Remove", key, of, live }));
}

function leaving({ live, isLeaving }: Going): Waiting[] {
  return isLeaving ? [{ ...nameOf(live), why: leavingWords(live) }] : [];
}
