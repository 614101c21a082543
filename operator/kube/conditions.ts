/**
 * Conditions of a status, in the form of `metav1.Condition`, and the summary that becomes Ready.
 *
 * All of it is pure. `lastTransitionTime` changes when the status of a condition changes and at no other time: people read
 * "since when" from it, and time-outs are measured from it. Which conditions make something ready, and which are bad when
 * they are true, is data.
 */

import { rfc3339 } from "../clock/clock.ts";

export type ConditionStatus = "True" | "False" | "Unknown";

export interface Condition {
  type: string;
  status: ConditionStatus;
  /** One CamelCase word for programs. */
  reason: string;
  /** A sentence for people; at most 32,768 characters. */
  message: string;
  /** The `metadata.generation` that this judges. */
  observedGeneration?: number | undefined;
  lastTransitionTime: string;
}

/** A condition as a step finds it: the time is added by `setCondition`. */
export type Finding = Omit<Condition, "lastTransitionTime">;

const messageCharsMax = 32_768;

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

export function isFalse(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "False";
}

/** How long the condition has had its status, in milliseconds; undefined when it is not there. */
export function sinceTransition(
  conditions: readonly Condition[] | undefined,
  type: string,
  now: number,
): number | undefined {
  const condition = findCondition(conditions, type);
  return condition && Math.max(0, now - Date.parse(condition.lastTransitionTime));
}

/** The list with this finding in it. The same list when it says so already, so that "nothing changed" is `===`. */
export function setCondition(conditions: readonly Condition[], finding: Finding, now: number): readonly Condition[] {
  const index = conditions.findIndex((condition) => condition.type === finding.type);
  const before = conditions[index];
  const kept = before?.status === finding.status ? before.lastTransitionTime : rfc3339(now);
  const next: Condition = { ...finding, message: cut(finding.message), lastTransitionTime: kept };
  if (!before) return [...conditions, next];
  return sameCondition(before, next) ? conditions : conditions.with(index, next);
}

/** Sets each in turn. */
export function setConditions(
  conditions: readonly Condition[],
  findings: readonly Finding[],
  now: number,
): readonly Condition[] {
  return findings.reduce((list, finding) => setCondition(list, finding, now), conditions);
}

/** The list without that type; the same list when it was not there. */
export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return findCondition(conditions, type) ? conditions.filter((condition) => condition.type !== type) : conditions;
}

/** Equal in everything but the time. */
export function sameCondition(a: Finding, b: Finding): boolean {
  return (
    a.type === b.type &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

export interface SummaryRules {
  /** The condition that is made, usually "Ready". */
  target: string;
  /** Must all be True, in the order of the steps: the first that is not gives reason and message. */
  positive: readonly string[];
  /** Bad when True, gravest first; one that is True comes before every positive one. */
  negative: readonly string[];
  /** Reason and message when all is well. */
  ready: { reason: string; message: string };
}

/** What the target condition must say. A positive condition that is missing counts as Unknown. */
export function summarise(
  conditions: readonly Condition[],
  rules: SummaryRules,
  observedGeneration: number | undefined,
): Finding {
  const found = (status: ConditionStatus, cause: { reason: string; message: string }): Finding => ({
    type: rules.target,
    status,
    reason: cause.reason,
    message: cause.message,
    observedGeneration,
  });
  for (const type of rules.negative) {
    const condition = findCondition(conditions, type);
    if (condition?.status === "True") return found("False", condition);
  }
  for (const type of rules.positive) {
    const condition = findCondition(conditions, type);
    if (!condition) return found("Unknown", { reason: `${type}Unknown`, message: `${type} is not known yet` });
    if (condition.status !== "True") return found(condition.status, condition);
  }
  return found("True", rules.ready);
}

function cut(message: string): string {
  return message.length <= messageCharsMax ? message : `${message.slice(0, messageCharsMax - 1)}…`;
}
