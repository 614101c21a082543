/** Refuses snapshots that cannot be: a time that is no number would make every comparison false and decide silently. */
import type { Snapshot } from "./snapshot.ts";

/** An error of the program that made the snapshot, not of the proposal; it will not go away by trying again. */
export class ImplausibleError extends Error {
  override readonly name = "ImplausibleError";
  readonly kind = "terminal";
}

/** The end of the year 9999, as RFC 3339 can write it. */
const timeMax = 253_402_300_799_999;

export function assertPlausible({ proposal, ballots, merged }: Snapshot, now: number): void {
  assertTime("now", now);
  assertTime("proposal.openedAt", proposal.openedAt);
  assertTime("proposal.head.since", proposal.head.since);
  if (proposal.emergency?.ratifiedAt !== undefined) assertTime("emergency.ratifiedAt", proposal.emergency.ratifiedAt);
  for (const { id, at, sequence } of ballots) {
    assertTime(`the time of ballot ${id}`, at);
    assertSequence(`the sequence of ballot ${id}`, sequence);
  }
  if (merged) {
    assertTime("merged.at", merged.at);
    assertSequence("merged.sequence", merged.sequence);
  }
}

function assertTime(what: string, ms: number): void {
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= timeMax) return;
  throw new ImplausibleError(`${what} is ${ms}: give whole milliseconds from 1970 to 9999`);
}

function assertSequence(what: string, sequence: number): void {
  if (Number.isSafeInteger(sequence) && sequence >= 0) return;
  throw new ImplausibleError(`${what} is ${sequence}: give a whole number from 0 on`);
}
