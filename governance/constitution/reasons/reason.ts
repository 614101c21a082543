/**
 * Why a verdict is what it is: a code for programs, data with the numbers, and the sentence that people read. The words
 * are made here and nowhere else.
 */
import { type BallotReasonData, ballotSentences } from "./ballot-sentences.ts";
import { type ProposalReasonData, proposalSentences } from "./proposal-sentences.ts";
import { type VoteReasonData, voteSentences } from "./vote-sentences.ts";

export interface ReasonData extends ProposalReasonData, BallotReasonData, VoteReasonData {}

export type ReasonCode = keyof ReasonData;

/** Discriminated by its code. */
export type Reason<C extends ReasonCode = ReasonCode> = {
  [K in C]: { readonly code: K; readonly sentence: string; readonly data: ReasonData[K] };
}[C];

export type Sentences<Data> = { readonly [C in keyof Data]: (data: Data[C]) => string };

const sentences: Sentences<ReasonData> = { ...proposalSentences, ...ballotSentences, ...voteSentences };

export function reason<C extends ReasonCode>(code: C, data: ReasonData[C]): Reason<C> {
  return { code, sentence: sentences[code](data), data } as Reason<C>;
}

/** Every code, for the reference page and for tests. */
export const reasonCodes = Object.keys(sentences) as readonly ReasonCode[];
