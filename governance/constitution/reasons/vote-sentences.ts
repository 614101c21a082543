/** How a vote stands: what is reached, what is missing, and until when. */
import { spanOf } from "../documents/duration.ts";
import type { Sentences } from "./reason.ts";
import { counted, named, shown, time } from "./wording.ts";

export interface VoteReasonData {
  ClockBehind: { now: number; openedAt: number };
  PeriodRunning: { until: number; leftMs: number };
  LateQuorumRunning: { quorumSince: number; until: number };
  HeadTooLate: { earliest: number; closesAt: number };
  QuorumReached: { votes: number; needed: number; of: "cast" | "yes"; electors: number };
  QuorumMissing: { votes: number; needed: number; of: "cast" | "yes"; electors: number };
  ShareReached: { yes: number; no: number; share: string };
  ShareMissing: { yes: number; no: number; share: string };
  RoleMissing: { role: string; yes: number; needed: number };
  AffiliationsMissing: { affiliations: number; needed: number };
  ConsentMissing: { owners: readonly { owner: string; machine: string; path: string }[] };
  Vetoed: { by: readonly { member: string; as: string }[] };
  SignersMissing: { signers: readonly string[]; needed: number };
  AffiliationCapped: { affiliation: string; votes: number; counted: number };
  ProposerCounted: { proposer: string };
  ProposerNotCounted: { proposer: string; why: string };
  MergedUnpassed: { mergedAt: number };
  MergedTooLate: { mergedAt: number; mergeBy: number };
  NotMerged: { mergeBy: number };
  EmergencyRunning: { expiresAt: number };
  EmergencyLapsed: { expiresAt: number };
}

const quorumOf = { cast: "vote", yes: "yes" } as const;

export const voteSentences: Sentences<VoteReasonData> = {
  ClockBehind: ({ now, openedAt }) =>
    `It is ${time(now)} here, but this was opened at ${time(openedAt)}: a clock is wrong, so nothing passes.`,
  PeriodRunning: ({ until, leftMs }) => `It may pass from ${time(until)} on, in ${spanOf(leftMs)}.`,
  LateQuorumRunning: ({ quorumSince, until }) =>
    `The quorum was reached only at ${time(quorumSince)}: others have until ${time(until)} to answer.`,
  HeadTooLate: ({ earliest, closesAt }) =>
    `The last push came so late that it could pass from ${time(earliest)} on, but voting ends at ${time(closesAt)}: open it again.`,
  QuorumReached: ({ votes, needed, of, electors }) =>
    `The quorum is reached: ${counted(votes, quorumOf[of], of === "yes" ? "yes" : "votes")} of ${counted(electors, "voter")}, ${needed} needed.`,
  QuorumMissing: ({ votes, needed, of, electors }) =>
    `The quorum is not reached: ${counted(votes, quorumOf[of], of === "yes" ? "yes" : "votes")} of ${counted(electors, "voter")}, ${needed} needed.`,
  ShareReached: ({ yes, no, share }) => `${yes} yes and ${no} no reach the share of ${share}.`,
  ShareMissing: ({ yes, no, share }) =>
    `${yes} yes and ${no} no do not reach the share of ${share}${share === "1/2" ? " (more yes than no)" : ""}.`,
  RoleMissing: ({ role, yes, needed }) =>
    `It needs the yes of ${counted(needed, role)}; ${yes === 0 ? "none" : `only ${yes}`} said so.`,
  AffiliationsMissing: ({ affiliations, needed }) =>
    `It needs a yes from ${counted(needed, "affiliation")}; so far ${affiliations === 0 ? "none" : `only from ${affiliations}`}.`,
  ConsentMissing: ({ owners }) =>
    `It needs the consent of ${named(owners.map(({ owner, machine }) => `${owner} (owner of ${machine})`))}.`,
  Vetoed: ({ by }) => `Vetoed by ${named(by.map(({ member, as }) => `${member} (${as})`))}.`,
  SignersMissing: ({ signers, needed }) =>
    `An emergency needs the signed yes of ${needed} members of different affiliation; so far ${signers.length === 0 ? "of none" : `of ${named(signers)}`}.`,
  AffiliationCapped: (data) =>
    `Of ${data.votes} votes from ${shown(data.affiliation)} ${data.counted} count, in the proportion in which they were cast.`,
  ProposerCounted: ({ proposer }) => `${proposer} proposed it, which counts as yes.`,
  ProposerNotCounted: ({ proposer, why }) => `The proposal itself is no yes of ${proposer}: ${why}.`,
  MergedUnpassed: ({ mergedAt }) => `It was merged at ${time(mergedAt)} without having passed.`,
  MergedTooLate: ({ mergedAt, mergeBy }) =>
    `It had passed, but was merged at ${time(mergedAt)}; until ${time(mergeBy)} was the time for that. Open it again.`,
  NotMerged: ({ mergeBy }) => `It had passed, but nobody merged it until ${time(mergeBy)}: open it again.`,
  EmergencyRunning: ({ expiresAt }) =>
    `As an emergency it ends at ${time(expiresAt)} unless an ordinary vote ratifies it.`,
  EmergencyLapsed: ({ expiresAt }) =>
    `The emergency ended at ${time(expiresAt)} without being ratified: what it changed is undone.`,
};
