/**
 * Holds the vote: casts the ballots one after the other, as they came, and remembers since when the quorum stands and
 * since when everything does. The evaluation for a moment sees only what was there at that moment, so that the same
 * snapshot answers for every time before its own.
 *
 * A late quorum extends the vote (as OpenZeppelin's GovernorPreventLateQuorum does): nothing passes before
 * `lateQuorumMs` have gone by since the quorum stands, and voting goes on for that long. The extension is for those who
 * would answer: no, abstentions and withdrawals count in it, a new yes does not. So a proposal cannot gain from reaching
 * its quorum late, and one more yes, which makes the extension shorter, never turns passed into failed.
 */
import type { Case } from "../case.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import { of } from "./ballot-checks.ts";
import { implicitYes } from "./proposer.ts";
import { Standing } from "./standing.ts";
import { sortBallots, type ValidBallot } from "./valid-ballots.ts";
import { allChecks, quorumCheck } from "./vote-checks.ts";

export interface Vote {
  /** As it stands at the moment of the evaluation. */
  readonly standing: Standing;
  /** Since when the quorum stands without a break; undefined while it does not. */
  readonly quorumSince: number | undefined;
  /** Since when all but the time allows it to pass. */
  readonly passableSince: number | undefined;
  /** When voting ends, a late quorum considered. */
  readonly closesAt: number;
  /** Why ballots do not count, and what else there is to say of them. */
  readonly notes: readonly Reason[];
}

interface Voting {
  readonly the: Case;
  readonly standing: Standing;
  readonly notes: Reason[];
  quorumSince: number | undefined;
  passableSince: number | undefined;
}

/** `now`: the moment that is asked for; ballots of later moments are not there yet. */
export function holdVote(the: Case, now: number): Vote {
  const { procedure, electorate, constitution } = the;
  const voting: Voting = {
    the,
    standing: new Standing(electorate.size, constitution.votesPerAffiliation),
    notes: [],
    quorumSince: undefined,
    passableSince: undefined,
  };
  const { valid, notes } = sortBallots(the);
  propose(voting, now);
  const late: ValidBallot[] = [];
  for (const ballot of valid) {
    if (ballot.at > now) voting.notes.push(reason("BallotNotYetCast", { ...of(ballot.ballot, the), at: ballot.at }));
    else if (ballot.at >= procedure.endsAt) late.push(ballot);
    else cast(voting, ballot, true);
  }
  const { quorumSince } = voting;
  const extendedTo = quorumSince === undefined ? 0 : quorumSince + procedure.lateQuorumMs;
  const closesAt = Math.max(procedure.endsAt, extendedTo);
  for (const ballot of late) castLate(voting, ballot, closesAt);
  return { ...voting, closesAt, notes: [...notes, ...voting.notes] };
}

/** Who proposes something says yes to it from the last push on. */
function propose(voting: Voting, now: number): void {
  const { the, standing } = voting;
  const { openedAt, head } = the.snapshot.proposal;
  const at = Math.max(openedAt, head.since);
  const { member, note } = implicitYes(the);
  if (note) voting.notes.push(note);
  if (member && at <= now && at < the.procedure.endsAt) {
    standing.cast({ member, choice: "yes", ballot: undefined, isReasoned: true });
  }
  remember(voting, at, true);
}

function cast(voting: Voting, { ballot, member, choice, at }: ValidBallot, movesQuorum: boolean): void {
  const { standing, notes, the } = voting;
  const { id, isReasoned = false } = ballot;
  const before = choice ? standing.cast({ member, choice, ballot: id, isReasoned }) : standing.withdraw(member);
  const { by } = of(ballot, the);
  if (before?.ballot !== undefined) notes.push(reason("BallotSuperseded", { ballot: before.ballot, by, later: id }));
  else if (before?.choice === "yes" && choice === "yes") notes.push(reason("BallotOfProposer", { ballot: id, by }));
  remember(voting, at, movesQuorum);
}

function castLate(voting: Voting, late: ValidBallot, closesAt: number): void {
  const { the, notes } = voting;
  const data = of(late.ballot, the);
  if (late.at >= closesAt) notes.push(reason("BallotTooLate", { ...data, at: late.at, closedAt: closesAt }));
  else if (late.choice === "yes") notes.push(reason("BallotYesInExtension", { ...data, until: closesAt }));
  else cast(voting, late, false);
}

/** A stretch begins when its conditions come to hold, and ends when one of them breaks. */
function remember(voting: Voting, at: number, movesQuorum: boolean): void {
  const { the, standing } = voting;
  if (movesQuorum) voting.quorumSince = quorumCheck(standing, the) ? undefined : (voting.quorumSince ?? at);
  const isPassable = allChecks.every((check) => check(standing, the) === undefined);
  voting.passableSince = isPassable ? (voting.passableSince ?? at) : undefined;
}
