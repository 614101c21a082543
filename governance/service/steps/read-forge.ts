/** Everything that the forge has, after a look at whether it is still the one that was pinned. */
import { ForgeError, type ForgeProposal } from "../../forges/forge.ts";
import type { Oid } from "../../git/repository.ts";
import { clockTrouble } from "../clock-check.ts";
import type { Governance, Trouble } from "../governance.ts";

export interface ForgeView {
  readonly head: Oid;
  readonly proposals: readonly ForgeProposal[];
  /** Left for the next time: what was noted of them is kept. */
  readonly omittedIds: readonly string[];
  readonly troubles: readonly Trouble[];
}

export async function readForge(governance: Governance, now: number, signal: AbortSignal): Promise<ForgeView> {
  const { forge, repository, log, branchRef } = governance;
  const identity = await forge.identify(signal);
  if (identity.repository !== governance.identity) {
    throw new ForgeError(
      "identity",
      `this is ${identity.repository}, but ${governance.identity} was pinned when governance was installed: nothing of it is believed`,
    );
  }
  const clock = identity.now === undefined ? [] : [{ who: "the forge", at: identity.now }];
  const trouble = clockTrouble(governance.clock.now(), clock, 0);
  await repository.fetch(await forge.remote(signal), forge.fetchRefspecs, { signal });
  const head = await repository.resolve(branchRef, { signal });
  if (head === undefined) {
    throw new ForgeError("identity", `the policy branch is gone from the remote (${branchRef}): push it back`);
  }
  const judgedAt =
    log.records.findLast(({ record }) => record.kind === "ratified" || record.kind === "genesis")?.record.at ?? now;
  const { proposals, omittedIds = [] } = await forge.proposals(
    Math.max(0, Math.min(judgedAt, now) - overlapMs),
    signal,
  );
  return { head, proposals, omittedIds, troubles: trouble ? [{ ...trouble, isTransient: true }] : [] };
}

/** Merges that the forge dates before our last record are looked at again. */
const overlapMs = 24 * 3_600_000;
