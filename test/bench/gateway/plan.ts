/** Which loads are put on each variant, and in which order. Pure. */
import { plain, type Script } from "./script.ts";

export interface Case {
  readonly stream: boolean;
  readonly concurrency: number;
  readonly script: Script;
}

/** A model that writes a hundred tokens a second: quick, yet no machine is busy with the arithmetic. */
export const streamScript: Script = { ...plain, chunks: 100, everyMs: 10 };

export const concurrencies = [1, 10, 50] as const;

export const cases: readonly Case[] = [false, true].flatMap((stream) =>
  concurrencies.map((concurrency) => ({ stream, concurrency, script: stream ? streamScript : plain })),
);

/**
 * Every round runs every case on every variant, one right after another, so that a noisy neighbour meets all alike; each round begins
 * with another variant, so that none always comes after the same one.
 */
export function inTurns<V>(variants: readonly V[], rounds: number): { round: number; of: Case; variant: V }[] {
  return Array.from({ length: rounds }, (_, round) =>
    cases.flatMap((of) => rotated(variants, round).map((variant) => ({ round, of, variant }))),
  ).flat();
}

function rotated<V>(list: readonly V[], by: number): V[] {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}

export interface CancelCase {
  readonly name: string;
  readonly stream: boolean;
  readonly script: Omit<Script, "id">;
  readonly leave: { readonly afterMs: number } | { readonly afterTokens: number };
}

/** Long enough that leaving comes first, short enough that a leak shows as one within the wait. */
const heldMs = 8_000;

export const cancelCases: readonly CancelCase[] = [
  { name: "before headers, JSON", stream: false, script: { ...plain, holdMs: heldMs }, leave: { afterMs: 100 } },
  { name: "before headers, SSE", stream: true, script: { ...plain, holdMs: heldMs }, leave: { afterMs: 100 } },
  {
    name: "after three tokens",
    stream: true,
    script: { ...plain, chunks: 800, everyMs: 10 },
    leave: { afterTokens: 3 },
  },
];
