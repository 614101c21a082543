/**
 * Which of two classes is stricter. The classes of a constitution are listed from the most lenient to the strictest, and
 * this holds the list to its word: a class is at least as strict as every one before it in the time for votes, in quorum
 * (for every size of the community), in the share of yes, in the timelock, in the extension after a late quorum and in
 * whether ballots are signed. So "the strictest class wins" has one meaning, and what passes under the strictest class
 * passes under all, within the time that each of them gives (`period.max` is no matter of strictness). Duties that hang on a path (consent, veto, required roles) are not compared: they hold
 * whichever class wins.
 */
import { votersMax } from "../formula/formula.ts";
import type { DecisionClass } from "./constitution.ts";
import { spanOf } from "./duration.ts";
import { compareShares, shareText } from "./share.ts";

export interface Laxity {
  /** The field of the class, as a path in the document. */
  readonly field: readonly string[];
  readonly reason: string;
}

/** In what `later` is more lenient than `earlier`; empty where it is at least as strict. */
export function laxities(earlier: DecisionClass, later: DecisionClass): Laxity[] {
  return dimensions.flatMap((dimension) => dimension(earlier, later) ?? []);
}

type Dimension = (earlier: DecisionClass, later: DecisionClass) => Laxity | undefined;

const dimensions: readonly Dimension[] = [
  // No less time to see a proposal.
  (earlier, later) => shorter("minMs", ["period", "min"], earlier, later),
  // No less time to answer a late quorum.
  (earlier, later) => shorter("lateQuorumMs", ["lateQuorum"], earlier, later),
  // No less time between the decision and its effect.
  (earlier, later) => shorter("timelockMs", ["timelock"], earlier, later),
  // No smaller share of yes.
  (earlier, later) =>
    compareShares(later.share, earlier.share) < 0
      ? {
          field: ["pass", "yesShareOfCast"],
          reason: `asks for ${shareText(later.share)}, but ${earlier.name} before it for ${shareText(earlier.share)}`,
        }
      : undefined,
  // A quorum of yes is met by fewer ballots than a quorum of votes cast.
  (earlier, later) =>
    earlier.quorum.of === "yes" && later.quorum.of === "cast"
      ? { field: ["quorum"], reason: `counts all votes for its quorum, but ${earlier.name} before it only yes` }
      : undefined,
  smallerQuorum,
  (earlier, later) =>
    earlier.ballots === "signed" && later.ballots === "any"
      ? { field: ["ballots"], reason: `counts ballots without a signature, but ${earlier.name} before it does not` }
      : undefined,
];

function shorter(
  name: "minMs" | "lateQuorumMs" | "timelockMs",
  field: readonly string[],
  earlier: DecisionClass,
  later: DecisionClass,
): Laxity | undefined {
  if (later[name] >= earlier[name]) return undefined;
  return { field, reason: `is ${spanOf(later[name])}, but ${earlier.name} before it has ${spanOf(earlier[name])}` };
}

function smallerQuorum(earlier: DecisionClass, later: DecisionClass): Laxity | undefined {
  for (let n = 1; n <= votersMax; n++) {
    const [less, more] = [later.quorum.formula.needed(n), earlier.quorum.formula.needed(n)];
    // Where the earlier class asks for more votes than there are voters it decides nothing, and is refused as such.
    if (less < more && more <= n) {
      return { field: ["quorum"], reason: `asks for ${less} votes of ${n}, but ${earlier.name} before it for ${more}` };
    }
  }
  return undefined;
}
