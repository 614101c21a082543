/**
 * Which open proposals a pass judges: as many as there is time for, in turn. To plan a hundred takes most of a minute, and neither what is
 * due nor a merge that comes meanwhile waits for it.
 */
import type { Clock } from "../../operator/clock/clock.ts";
import type { ForgeProposal } from "../forges/forge.ts";
import type { JudgedProposal } from "./governance.ts";
import { Turns } from "./turns.ts";

export interface Judging {
  /**
   * Judges those in turn, emergencies and others each in a queue of their own, so that no flood of the one keeps the other waiting.
   * `calls` asks between two of them. False where some are left for the next pass.
   */
  judge(
    proposals: readonly ForgeProposal[],
    judgeOne: (proposal: ForgeProposal) => Promise<JudgedProposal | undefined>,
    calls: Calls,
  ): Promise<boolean>;
  /** How each of these was judged last, whenever that was; all that are known where none are named. */
  standing(proposals?: readonly ForgeProposal[]): JudgedProposal[];
}

/** What ends the judging of a pass before all are judged. */
export interface Calls {
  /** Something has come into force, or goes out of it. */
  readonly isDue: () => boolean;
  /** A notice came: perhaps of a merge. */
  readonly isWoken: () => boolean;
}

/** Of one pass. */
export const judgingMs = 10_000;
/** Before a notice ends it: what is shown on a proposal comes back as a notice too, and each pass asks the forge for everything. */
export const unwokenMs = 2_000;

export function createJudging({ clock }: { readonly clock: Clock }): Judging {
  const queues = { emergencies: new Turns(), others: new Turns() };
  const known = new Map<string, JudgedProposal>();
  return {
    async judge(proposals, judgeOne, { isDue, isWoken }) {
      const from = clock.now();
      const byId = new Map(proposals.map((proposal) => [proposal.id, proposal]));
      for (const id of known.keys()) if (!byId.has(id)) known.delete(id);
      const mayGoOn = (shareMs: number) => (): boolean => {
        const takenMs = clock.now() - from;
        return !isDue() && takenMs < shareMs && !(takenMs >= unwokenMs && isWoken());
      };
      const turn = async (id: string): Promise<void> => {
        const proposal = byId.get(id);
        const judged = proposal && (await judgeOne(proposal));
        if (judged) known.set(id, judged);
      };
      const [emergencies, others] = [true, false].map((wanted) =>
        proposals.filter(({ isEmergency }) => isEmergency === wanted).map(({ id }) => id),
      );
      const areFirst = await queues.emergencies.take(emergencies ?? [], turn, mayGoOn(judgingMs / 2));
      const areOthers = await queues.others.take(others ?? [], turn, mayGoOn(judgingMs));
      return areFirst && areOthers;
    },
    standing(proposals) {
      if (!proposals) return [...known.values()];
      return proposals.flatMap(({ id }) => known.get(id) ?? []);
    },
  };
}
