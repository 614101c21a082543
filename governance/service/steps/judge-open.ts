/** Judges open proposals in turn, as long as nothing more urgent comes. */

import { seenOf } from "../../evidence/gather-evidence.ts";
import type { ForgeProposal } from "../../forges/forge.ts";
import { isSpent } from "../../verification/cursor.ts";
import { recordTime } from "../append.ts";
import { suspendedNow } from "../emergencies-now.ts";
import type { Governance } from "../governance.ts";
import type { Calls } from "../judging.ts";
import type { Step } from "../troubles.ts";
import { judgeProposal } from "./judge.ts";
import type { ForgeView } from "./read-forge.ts";

/**
 * Writes down what was seen of all of them, before anything is decided: when a ballot came must not depend on whose turn it is to be
 * judged. Which plan was shown with a head is noted when it is shown.
 */
export async function noteSeen(governance: Governance, { proposals }: ForgeView, now: number): Promise<void> {
  const { journal, log } = governance;
  const at = recordTime({ log }, now);
  for (const proposal of unmerged(governance, proposals)) await journal.note(seenOf(proposal), at);
}

export interface OpenCalls extends Calls {
  /** One was called: what it changes comes into force before the next proposal is judged. */
  readonly onEmergency: () => Promise<void>;
}

/** False where some are left for the next pass. */
export async function judgeOpen(
  governance: Governance,
  { head, proposals, omittedIds }: ForgeView,
  now: number,
  { onEmergency, ...calls }: OpenCalls,
  step: Step,
  signal: AbortSignal,
): Promise<boolean> {
  const { log } = governance;
  const suspended = await suspendedNow(governance, now, signal);
  const isWhole = await governance.judging.judge(
    unmerged(governance, proposals),
    // One that cannot be judged keeps no other from being judged.
    async (proposal) => {
      const before = log.records.length;
      const judged = await step(proposal.label, () =>
        judgeProposal(governance, proposal, { head, suspended }, now, signal),
      );
      if (log.records.slice(before).some(({ record }) => record.kind === "emergency")) await onEmergency();
      return judged;
    },
    calls,
  );
  await governance.journal.keepOnly(new Set([...proposals.map(({ id }) => id), ...omittedIds, "branch"]));
  return isWhole;
}

export function unmerged({ log }: Pick<Governance, "log">, proposals: readonly ForgeProposal[]): ForgeProposal[] {
  return proposals.filter(({ id, state }) => state !== "merged" && !isSpent(log.records, id));
}
