/**
 * Counts votes, with at most a given number per affiliation (PEP 13 lets two of five council members share an employer).
 * Where an affiliation casts more, its votes count in the proportion in which they were cast, rounded to whole votes and
 * at a tie against the proposal. So nobody has to say whose votes count, the order of ballots does not matter, and one
 * more yes never makes fewer. Abstentions take what room is left: they count for the quorum only.
 */
import type { Member } from "../documents/members.ts";
import type { Choice } from "../snapshot.ts";
import { affiliationKey } from "./affiliations.ts";

export interface Tally {
  /** Who may vote, and those whose vote is suspended. */
  readonly electors: number;
  readonly yes: number;
  readonly no: number;
  readonly abstain: number;
  /** All of these. */
  readonly cast: number;
  readonly capped: readonly CappedAffiliation[];
}

export interface CappedAffiliation {
  readonly affiliation: string;
  readonly votes: number;
  readonly counted: number;
}

type Counts = Record<Choice, number>;

/** Votes that change over time, counted without starting again. */
export class RunningTally {
  readonly #electors: number;
  readonly #cap: number;
  readonly #cast = new Map<string, { name: string; counts: Counts }>();
  readonly #sum: Counts = { yes: 0, no: 0, abstain: 0 };

  constructor(electors: number, votesPerAffiliation = Number.POSITIVE_INFINITY) {
    this.#electors = electors;
    this.#cap = votesPerAffiliation;
  }

  /** `from` and `to`: undefined for no vote. */
  move(member: Member, from: Choice | undefined, to: Choice | undefined): void {
    const key = affiliationKey(member);
    const group = this.#cast.get(key) ?? {
      name: member.affiliation ?? member.name,
      counts: { yes: 0, no: 0, abstain: 0 },
    };
    this.#cast.set(key, group);
    this.#add(capped(group.counts, this.#cap), -1);
    if (from) group.counts[from]--;
    if (to) group.counts[to]++;
    this.#add(capped(group.counts, this.#cap), 1);
  }

  read(): Tally {
    const { yes, no, abstain } = this.#sum;
    const over = [...this.#cast.values()].filter(({ counts }) => total(counts) > this.#cap);
    return {
      electors: this.#electors,
      yes,
      no,
      abstain,
      cast: yes + no + abstain,
      capped: over
        .map(({ name, counts }) => ({ affiliation: name, votes: total(counts), counted: this.#cap }))
        .toSorted((a, b) => (a.affiliation < b.affiliation ? -1 : 1)),
    };
  }

  #add(counts: Counts, sign: 1 | -1): void {
    this.#sum.yes += sign * counts.yes;
    this.#sum.no += sign * counts.no;
    this.#sum.abstain += sign * counts.abstain;
  }
}

/** What counts of the votes of one affiliation. */
export function capped({ yes, no, abstain }: Counts, cap: number): Counts {
  const decided = yes + no;
  if (decided <= cap) return { yes, no, abstain: Math.min(abstain, cap - decided) };
  // cap · yes / decided, rounded to the nearest whole number, a half downwards.
  const kept = Math.floor((2 * cap * yes + decided - 1) / (2 * decided));
  return { yes: kept, no: cap - kept, abstain: 0 };
}

function total({ yes, no, abstain }: Counts): number {
  return yes + no + abstain;
}
