/** Who says what at one moment. */
import type { Member } from "../documents/members.ts";
import type { Choice } from "../snapshot.ts";
import { RunningTally } from "./tally.ts";

export interface StandingVote {
  readonly member: Member;
  readonly choice: Choice;
  /** Undefined for the yes of having proposed it. */
  readonly ballot: string | undefined;
  readonly isReasoned: boolean;
}

export class Standing {
  readonly tally: RunningTally;
  readonly #votes = new Map<number, StandingVote>();

  constructor(electors: number, votesPerAffiliation: number | undefined) {
    this.tally = new RunningTally(electors, votesPerAffiliation);
  }

  /** The vote that stood before. */
  cast(vote: StandingVote): StandingVote | undefined {
    const before = this.#votes.get(vote.member.number);
    this.#votes.set(vote.member.number, vote);
    this.tally.move(vote.member, before?.choice, vote.choice);
    return before;
  }

  withdraw(member: Member): StandingVote | undefined {
    const before = this.#votes.get(member.number);
    this.#votes.delete(member.number);
    this.tally.move(member, before?.choice, undefined);
    return before;
  }

  choiceOf({ number }: Member): Choice | undefined {
    return this.#votes.get(number)?.choice;
  }

  saysNo({ number }: Member, needsReason: boolean): boolean {
    const vote = this.#votes.get(number);
    return vote?.choice === "no" && (vote.isReasoned || !needsReason);
  }

  saying(choice: Choice): Member[] {
    return [...this.#votes.values()].filter((vote) => vote.choice === choice).map(({ member }) => member);
  }

  /** In the order of members' numbers. */
  votes(): StandingVote[] {
    return [...this.#votes.values()].toSorted((a, b) => a.member.number - b.member.number);
  }
}
