/** Sorts ballots into those that may count and those that do not, with why. */
import type { Case } from "../case.ts";
import type { Member } from "../documents/members.ts";
import { type Reason, reason } from "../reasons/reason.ts";
import { accountName } from "../reasons/wording.ts";
import type { Account, Ballot, Choice } from "../snapshot.ts";
import { ballotChecks, electorOf, of } from "./ballot-checks.ts";
import { memberOf } from "./electorate.ts";

export interface ValidBallot {
  readonly ballot: Ballot;
  readonly member: Member;
  /** Undefined where the member took the ballot back. */
  readonly choice: Choice | undefined;
  /** When it came; never before the head that it is for or a ballot before it in the forge's order, whatever a clock said. */
  readonly at: number;
}

export interface SortedBallots {
  /** In the forge's order. */
  readonly valid: readonly ValidBallot[];
  readonly notes: readonly Reason[];
}

export function sortBallots(the: Case): SortedBallots {
  const notes: Reason[] = [];
  const valid: ValidBallot[] = [];
  const seen = new Set<string>();
  const replaced = new Set<string>();
  const { openedAt, head } = the.snapshot.proposal;
  let latest = Math.max(openedAt, head.since);
  for (const ballot of the.snapshot.ballots.toSorted(byForgeOrder)) {
    const member = electorOf(ballot, the);
    const key = `${member?.number} ${ballot.id}`;
    const why = seen.has(ballot.id)
      ? reason("BallotDuplicate", of(ballot, the))
      : (firstProblem(ballot, the) ?? (replaced.has(key) ? reason("BallotReplaced", of(ballot, the)) : undefined));
    seen.add(ballot.id);
    if (why || !member) {
      if (why) notes.push(why);
      continue;
    }
    // Only their own older ballots: nobody replaces another's.
    for (const id of ballot.signature ? (ballot.replaces ?? []) : []) replaced.add(`${member.number} ${id}`);
    latest = Math.max(latest, ballot.at);
    const isOwn = isByVoter(ballot.dismissedBy, ballot, the);
    if (isOwn) notes.push(reason("BallotWithdrawn", of(ballot, the)));
    else if (ballot.dismissedBy) {
      notes.push(reason("DismissalIgnored", { ...of(ballot, the), dismissedBy: accountName(ballot.dismissedBy) }));
    }
    valid.push({ ballot, member, choice: isOwn ? undefined : ballot.choice, at: latest });
  }
  return { valid, notes };
}

function firstProblem(ballot: Ballot, the: Case): Reason | undefined {
  for (const check of ballotChecks) {
    const found = check(ballot, the);
    if (found) return found;
  }
  return undefined;
}

/** Two of one sequence are told apart by their ids, so that no order of the list can matter. */
function byForgeOrder(a: Ballot, b: Ballot): number {
  return a.sequence - b.sequence || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function isByVoter(account: Account | undefined, { by }: Ballot, { snapshot }: Case): boolean {
  if (!account) return false;
  const { members } = snapshot.current.members.value;
  return memberOf(account, members)?.number === memberOf(by, members)?.number;
}
