/** What an evaluation says. Plain data: it goes into the log, on the commit and to the terminal as it is. */
import type { Reason } from "./reasons/reason.ts";
import type { Choice } from "./snapshot.ts";
import type { Tally } from "./voting/tally.ts";

export type VerdictState =
  /** Votes may still come. */
  | "open"
  /** All but the owners named in the reasons agree. */
  | "needsConsent"
  /** May be merged; after the merge: is ratified. */
  | "passed"
  /** Cannot pass as it is, or did not by the end, or was merged without having passed. */
  | "rejected"
  /** Somebody who may do so said no; they can take it back until the end. */
  | "vetoed"
  /** Its time went by: no quorum, not merged, or an emergency that was not ratified. */
  | "expired";

export interface Verdict {
  readonly state: VerdictState;
  /** Name of the class that decides, and of all that match, from the most lenient to the strictest. */
  readonly decidedBy: string;
  readonly classes: readonly string[];
  readonly isEmergency: boolean;
  /** Digests of the constitution that it was judged under (of the stricter, where there were two) and of the members at the opening. */
  readonly constitution: string;
  readonly electorate: string;
  readonly tally: Tally;
  readonly quorum: { readonly needed: number; readonly votes: number; readonly of: "cast" | "yes" | "signers" };
  /** Who is counted with what, in the order of members' numbers; without `ballot` for having proposed it. */
  readonly votes: readonly { readonly member: number; readonly choice: Choice; readonly ballot?: string }[];
  /** The earliest time at which it passes or passed, if no vote changes; left out while votes are missing. */
  readonly passesAt?: number;
  /** When voting ends, an extension for a late quorum considered. */
  readonly closesAt: number;
  /** Until when it may be merged once it has passed. */
  readonly mergeBy: number;
  /** When it may take effect: its timelock after the merge or, before one, after `passesAt`. */
  readonly appliesAt?: number;
  /** When an emergency ends if it is not ratified. */
  readonly expiresAt?: number;
  readonly reasons: readonly Reason[];
}

/** From the best to the worst for a proposal: of two verdicts the later one counts. */
const order: readonly VerdictState[] = ["passed", "needsConsent", "open", "expired", "vetoed", "rejected"];

/** A proposal that is judged under two constitutions has to pass under both. */
export function strictest(a: Verdict, b: Verdict): Verdict {
  const [better, worse] = order.indexOf(a.state) > order.indexOf(b.state) ? [b, a] : [a, b];
  const said = new Set(worse.reasons.map(({ sentence }) => sentence));
  const passesAt = later(a.passesAt, b.passesAt);
  const appliesAt = later(a.appliesAt, b.appliesAt);
  const { passesAt: _, appliesAt: __, ...rest } = worse;
  return {
    ...rest,
    closesAt: Math.min(a.closesAt, b.closesAt),
    mergeBy: Math.min(a.mergeBy, b.mergeBy),
    ...(passesAt !== undefined && { passesAt }),
    ...(appliesAt !== undefined && { appliesAt }),
    reasons: [...worse.reasons, ...better.reasons.filter(({ sentence }) => !said.has(sentence))],
  };
}

/** Known only where both are. */
function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
