/** The times and forms of a vote: those of the deciding class, or those of an emergency. All times in milliseconds. */
import type { Constitution, DecisionClass } from "../documents/constitution.ts";
import type { EmergencyRules } from "../documents/constitution-schema.ts";
import type { Snapshot } from "../snapshot.ts";

export interface Procedure {
  /** What it is called in sentences: the class, or "an emergency". */
  readonly name: string;
  /** It passes no earlier than this: the least time for votes, from the last push. */
  readonly earliest: number;
  /** Voting ends here unless a late quorum extends it: the most time for votes, from the opening. */
  readonly endsAt: number;
  readonly lateQuorumMs: number;
  readonly timelockMs: number;
  /** After this time nobody may merge what has passed; the same whenever the quorum was reached. */
  readonly mergeBy: number;
  readonly signedOnly: boolean;
  readonly emergency?: EmergencyRules;
}

export function procedureOf({ proposal }: Snapshot, constitution: Constitution, decidedBy: DecisionClass): Procedure {
  const { openedAt, head } = proposal;
  const { emergency } = constitution;
  if (proposal.emergency && emergency) {
    const endsAt = openedAt + emergency.expires;
    const times = { earliest: head.since, endsAt, lateQuorumMs: 0, timelockMs: 0, mergeBy: endsAt };
    return { name: "an emergency", ...times, signedOnly: true, emergency };
  }
  const endsAt = openedAt + decidedBy.maxMs;
  return {
    name: decidedBy.name,
    earliest: Math.max(openedAt, head.since) + decidedBy.minMs,
    endsAt,
    lateQuorumMs: decidedBy.lateQuorumMs,
    timelockMs: decidedBy.timelockMs,
    mergeBy: endsAt + decidedBy.lateQuorumMs + decidedBy.mergeWithinMs,
    signedOnly: decidedBy.ballots === "signed",
  };
}
