/**
 * The laws of a legal status, in the manner of Flux's checks (fluxcd/pkg `runtime/conditions/check`). They hold for every
 * object at every moment, whatever it is for; each has a number, so that a violation can be looked up here:
 *
 *  1. `status.observedGeneration` is a whole number, never above `metadata.generation`.
 *  2. A status with conditions has `status.observedGeneration` (kstatus takes an older one for "in progress").
 *  3. No condition type appears twice.
 *  4. Types are CamelCase words, and among the known ones when those are given.
 *  5. `status` is True, False or Unknown.
 *  6. `reason` is one CamelCase word of at most 1,024 characters, and among the known ones when those are given.
 *  7. `message` is not empty, printable, without line breaks, and at most 32,768 characters.
 *  8. `lastTransitionTime` is an RFC 3339 time, and not in the future.
 *  9. A condition has `observedGeneration`, never above `metadata.generation`, nor above the status's own.
 * 10. A status with conditions has the target condition (usually Ready).
 * 11. The target is True only if it judges the generation that the status observed.
 * 12. The target is True only if no bad-when-true condition is True.
 * 13. The target is True only if every condition that it needs is True.
 * 14. The target that is not True agrees with the cause it is made from: some condition it needs is not True, or a bad one is.
 */

import type { Condition } from "./conditions.ts";
import { type KubeObject, keyOf } from "./resource.ts";

export interface StatusLaws {
  /** The summary condition; default "Ready". */
  target?: string | undefined;
  /** Must be True for the target to be True. */
  positive?: readonly string[] | undefined;
  /** Bad when True: the target is then not True. */
  negative?: readonly string[] | undefined;
  /** All types that may appear. */
  types?: readonly string[] | undefined;
  /** All reasons that may appear. */
  reasons?: readonly string[] | undefined;
  /** By how much the server's clock may be ahead of `now`; default 2 s. */
  clockSkewMs?: number | undefined;
}

/** Each law that the object's status breaks, as a sentence; none: []. `now` in milliseconds since the epoch. */
export function statusViolations(object: Readonly<KubeObject>, now: number, laws: StatusLaws = {}): string[] {
  const status = (object as { status?: LooseStatus }).status;
  if (!status) return [];
  const conditions = status.conditions ?? [];
  const generation = object.metadata.generation ?? 0;
  const found = [
    ...generationViolations(status, generation, conditions.length > 0),
    ...duplicateTypes(conditions),
    ...conditions.flatMap((condition) => conditionViolations(condition, status, generation, now, laws)),
    ...(conditions.length > 0 ? targetViolations(conditions, status, laws) : []),
  ];
  return found.map((violation) => `${object.kind} ${keyOf(object.metadata)}: ${violation}`);
}

interface LooseStatus {
  observedGeneration?: unknown;
  conditions?: Partial<Condition>[];
}

const camelCaseWord = /^[A-Z][A-Za-z0-9]*$/;
const statuses = ["True", "False", "Unknown"];
const rfc3339Time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

function generationViolations(status: LooseStatus, generation: number, hasConditions: boolean): string[] {
  const observed = status.observedGeneration;
  if (observed === undefined) return hasConditions ? ["law 2: conditions without status.observedGeneration"] : [];
  if (!Number.isInteger(observed)) return [`law 1: observedGeneration ${JSON.stringify(observed)} is no whole number`];
  if (Number(observed) > generation) return [`law 1: observedGeneration ${observed} is above generation ${generation}`];
  return [];
}

function duplicateTypes(conditions: readonly Partial<Condition>[]): string[] {
  const types = conditions.map((condition) => condition.type);
  const twice = new Set(types.filter((type, index) => types.indexOf(type) !== index));
  return [...twice].map((type) => `law 3: condition ${type} appears more than once`);
}

function conditionViolations(
  condition: Partial<Condition>,
  status: LooseStatus,
  generation: number,
  now: number,
  laws: StatusLaws,
): string[] {
  const { type = "", reason = "", message = "", observedGeneration } = condition;
  const known = (list: readonly string[] | undefined, word: string): boolean => !list || list.includes(word);
  const broken: [boolean, string][] = [
    [!camelCaseWord.test(type), `law 4: the type ${JSON.stringify(type)} is no CamelCase word`],
    [!known(laws.types, type), "law 4: the type is not among the known ones"],
    [!statuses.includes(condition.status ?? ""), `law 5: status ${JSON.stringify(condition.status ?? null)}`],
    [!camelCaseWord.test(reason) || reason.length > 1024, `law 6: the reason ${JSON.stringify(reason)} is no word`],
    [!known(laws.reasons, reason), `law 6: the reason ${JSON.stringify(reason)} is not among the known ones`],
    [message.trim() === "", "law 7: the message is empty"],
    [unprintable.test(message), `law 7: the message is not printable: ${JSON.stringify(message)}`],
    [message.length > 32_768, `law 7: the message has ${message.length} characters`],
    ...timeViolations(condition.lastTransitionTime, now + (laws.clockSkewMs ?? 2_000)),
    [observedGeneration === undefined, "law 9: no observedGeneration"],
    [Number(observedGeneration) > generation, `law 9: observedGeneration ${observedGeneration} > ${generation}`],
    [Number(observedGeneration) > Number(status.observedGeneration), `law 9: ${observedGeneration} > the status's`],
  ];
  return broken.filter(([is]) => is).map(([, words]) => `condition ${type || "(no type)"}: ${words}`);
}

function timeViolations(time: string | undefined, latest: number): [boolean, string][] {
  const valid = time !== undefined && rfc3339Time.test(time) && !Number.isNaN(Date.parse(time));
  return [
    [!valid, `law 8: lastTransitionTime ${JSON.stringify(time ?? null)} is no RFC 3339 time`],
    [valid && Date.parse(time) > latest, `law 8: lastTransitionTime ${time} is in the future`],
  ];
}

function targetViolations(conditions: readonly Partial<Condition>[], status: LooseStatus, laws: StatusLaws): string[] {
  const name = laws.target ?? "Ready";
  const statusOf = (type: string) => conditions.find((condition) => condition.type === type)?.status;
  const target = conditions.find((condition) => condition.type === name);
  if (!target) return [`law 10: no condition ${name}`];
  const bad = (laws.negative ?? []).filter((type) => statusOf(type) === "True");
  const missing = (laws.positive ?? []).filter((type) => statusOf(type) !== "True");
  if (target.status !== "True") {
    const explained = bad.length > 0 || missing.length > 0 || !laws.positive;
    return explained
      ? []
      : [`law 14: ${name} is ${target.status} (${target.reason}), yet nothing that it is made from is wrong`];
  }
  const stale = target.observedGeneration !== status.observedGeneration;
  return [
    ...(stale ? [`law 11: ${name} judges ${target.observedGeneration}, the status ${status.observedGeneration}`] : []),
    ...bad.map((type) => `law 12: ${name} and ${type} are both True`),
    ...missing.map((type) => `law 13: ${name} is True while ${type} is ${statusOf(type) ?? "missing"}`),
  ];
}
