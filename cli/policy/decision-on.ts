/** How a proposal ended, by the decision log. */
import type { LoggedRecord } from "../../governance/log/decision-log.ts";
import type { RecordKind } from "../../governance/log/record.ts";

export interface Decision {
  readonly kind: "ratified" | "rejected" | "vetoed" | "expired" | "closed" | "ended";
  /** Milliseconds since 1970. */
  readonly at: number;
}

const endings: Partial<Record<RecordKind, Decision["kind"]>> = {
  ratified: "ratified",
  rejected: "rejected",
  vetoed: "vetoed",
  expired: "expired",
  closed: "closed",
  emergencyEnded: "ended",
};

/**
 * Undefined while it is open, or in force as an emergency. An emergency that was in force has ended, though the log has its proposal
 * expire beside (so that a crash between the two loses no last word): the word that its Decision has too (`governance/mirror/entries.ts`).
 */
export function decisionOn(records: readonly LoggedRecord[], proposal: string): Decision | undefined {
  const found = records.flatMap(({ record }): Decision[] => {
    const kind = endings[record.kind];
    return kind !== undefined && "proposal" in record && record.proposal === proposal ? [{ kind, at: record.at }] : [];
  });
  return found.find(({ kind }) => kind === "ended") ?? found[0];
}
