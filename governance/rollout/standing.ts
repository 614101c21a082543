/** How things stand on the way to a target: which of several failures is told, and when waiting becomes one. */
import type { Waiting } from "./rollout.ts";
import type { Failure, Snapshot } from "./snapshot.ts";
import { unhealthySentence } from "./words.ts";

export type Standing =
  | { readonly state: "applied" }
  | { readonly state: "waiting"; readonly waitsFor: readonly Waiting[] }
  | {
      readonly state: "failed";
      readonly code: Failure["code"];
      readonly sentence: string;
      readonly waitsFor: readonly Waiting[];
    };

export function standingOf(
  failures: ReadonlyMap<string, Failure>,
  waitsFor: readonly Waiting[],
  { waitingSince, limits }: Snapshot,
  now: number,
): Standing {
  const [gravest] = [...failures.values()].toSorted((a, b) => gravity.indexOf(a.code) - gravity.indexOf(b.code));
  if (gravest) {
    const others = new Set([...failures.values()].map(({ sentence }) => sentence)).size - 1;
    const sentence = others > 0 ? `${gravest.sentence} (and ${others} more)` : gravest.sentence;
    return { state: "failed", code: gravest.code, sentence, waitsFor };
  }
  if (waitsFor.length === 0) return { state: "applied" };
  const waitedMs = waitingSince === undefined ? 0 : now - waitingSince;
  if (waitedMs < limits.healthDeadlineMs) return { state: "waiting", waitsFor };
  return { state: "failed", code: "Unhealthy", sentence: unhealthySentence(waitsFor, waitedMs), waitsFor };
}

/** Those that need a person come first. */
const gravity: readonly Failure["code"][] = [
  "NamespaceMissing",
  "Refused",
  "EmptySet",
  "PruneCap",
  "Unconfirmed",
  "Conflict",
  "Unreachable",
  "Unhealthy",
];
