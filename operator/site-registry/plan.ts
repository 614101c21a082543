/**
 * What the filler does next: a pure function of what is wanted, what the site's registry has and what failed before. One model at a time, the
 * smallest first, so that a line which takes a night for one model has brought the others before.
 */
import type { Digest } from "../models/digest.ts";
import type { FillerLimits } from "./limits.ts";
import type { Wanted } from "./wanted.ts";

export interface Failure {
  /** Of what was wanted then (`wishOf`): another wish has not failed yet. */
  readonly wish: string;
  /** A `ModelErrorCode` or `DoorErrorCode`; `Failed` for what has none. */
  readonly code: string;
  readonly message: string;
  /** Waiting does not help: its registry has nothing that may be copied. */
  readonly refused: boolean;
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly retryAt: number;
}

export interface Snapshot {
  readonly now: number;
  readonly wanted: readonly Wanted[];
  /** By key: what the site's registry has under that tag; absent: nothing. */
  readonly present: ReadonlyMap<string, Digest>;
  readonly failures: ReadonlyMap<string, Failure>;
  /** The copy that is under way. */
  readonly copying?: { readonly key: string; readonly wish: string };
  /** Folders of what was fetched in part (`folderOf`). */
  readonly staged: readonly string[];
  readonly limits: FillerLimits;
}

export type ModelState =
  | "Present"
  /** Also while it waits for its turn. */
  | "Copying"
  /** The operator has not found out yet what its name means. */
  | "Unresolved"
  /** The last copy failed, and is tried again. */
  | "Failing"
  | "Refused"
  | "Collides";

export interface Plan {
  readonly states: ReadonlyMap<string, ModelState>;
  readonly start?: Wanted;
  /** What is under way is not wanted any more. */
  readonly stop: boolean;
  /** Parts of models that nobody names any more. */
  readonly discard: readonly string[];
  readonly wakeAt: number;
}

export function plan(snapshot: Snapshot, folderOf: (wanted: Wanted) => string): Plan {
  const { now, wanted, copying, staged, limits } = snapshot;
  const states = new Map(wanted.map((one) => [one.key, stateOf(one, snapshot)]));
  const goesOn = wanted.some((one) => one.key === copying?.key && wishOf(one) === copying.wish && !one.collides);
  const missing = wanted.filter(({ key }) => lacks(states.get(key)));
  const due = missing.filter((one) => (failureOf(one, snapshot)?.retryAt ?? 0) <= now).toSorted(smallestFirst);
  const [start] = copying ? [] : due;
  const later = missing.map((one) => failureOf(one, snapshot)?.retryAt ?? 0).filter((at) => at > now);
  const kept = new Set(wanted.map(folderOf));
  return {
    states,
    ...(start && { start }),
    stop: copying !== undefined && !goesOn,
    // What runs is stopped first; its folder goes with the next look.
    discard: copying ? [] : staged.filter((folder) => !kept.has(folder)),
    wakeAt: Math.min(now + limits.lookMs, ...later),
  };
}

/** What is wanted of one place, in a word: two of the same word are content with the same copy. */
export function wishOf({ reference, digests }: Wanted): string {
  return JSON.stringify([reference, digests]);
}

function stateOf(wanted: Wanted, snapshot: Snapshot): ModelState {
  const there = snapshot.present.get(wanted.key);
  // A tag that holds what one deployment wants is never written over for another: the two would take turns for ever.
  if (there !== undefined && wanted.digests.includes(there)) return "Present";
  if (wanted.collides) return "Collides";
  if (wanted.digests.length === 0) return "Unresolved";
  const failure = failureOf(wanted, snapshot);
  if (!failure || snapshot.copying?.key === wanted.key) return "Copying";
  return failure.refused ? "Refused" : "Failing";
}

function lacks(state: ModelState | undefined): boolean {
  return state === "Copying" || state === "Failing" || state === "Refused";
}

function failureOf(wanted: Wanted, { failures }: Snapshot): Failure | undefined {
  const failure = failures.get(wanted.key);
  return failure?.wish === wishOf(wanted) ? failure : undefined;
}

/** Those whose size nobody knows yet come last; of two of a size the one that comes first by name. */
function smallestFirst(a: Wanted, b: Wanted): number {
  const [first, second] = [a.bytes ?? Number.MAX_SAFE_INTEGER, b.bytes ?? Number.MAX_SAFE_INTEGER];
  return first - second || (a.key < b.key ? -1 : 1);
}
