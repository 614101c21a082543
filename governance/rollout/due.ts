/** Which ratified commit's time has come. Pure. */
import type { RatifiedCommit } from "../verification/ratified.ts";

export interface Due {
  readonly commit: RatifiedCommit;
  /** When the next one may be applied, ms. */
  readonly nextAt?: number;
}

/**
 * The newest commit that may be in force now. A timelock holds for what was ratified later too: otherwise a proposal with a short
 * one, merged above one with a long one, would bring both into force.
 */
export function dueCommit(ratified: readonly [RatifiedCommit, ...RatifiedCommit[]], now: number): Due {
  const [genesis, ...others] = ratified;
  let commit = genesis;
  let from = genesis.appliesAt;
  for (const next of others) {
    from = Math.max(from, next.appliesAt);
    if (now < from) return { commit, nextAt: from };
    commit = next;
  }
  return { commit };
}
