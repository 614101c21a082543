/** What can be wrong with a proposal itself, whoever votes for it. */
import type { Problem } from "../documents/problem.ts";
import { problemSentence } from "../documents/problem.ts";
import type { Sentences } from "./reason.ts";
import { counted, named, short, shown } from "./wording.ts";

export interface ProposalReasonData {
  DecidedAs: { class: string; classes: readonly string[]; paths: readonly string[] };
  EmergencyProcedure: { signers: number };
  RulesChanged: { opening: string; current: string };
  NothingChanges: Record<string, never>;
  TooManyChanges: { changes: number; changesMax: number };
  UnsafePaths: { paths: readonly { path: string; problem: string }[] };
  UnsafeModes: { paths: readonly { path: string; mode: string }[] };
  CollidingPaths: { paths: readonly string[] };
  ConstitutionNotAlone: { others: readonly string[] };
  ConstitutionMissing: Record<string, never>;
  ConstitutionInvalid: { problems: readonly Problem[] };
  ConstitutionVersionWrong: { ratified: number; proposed: number };
  ConstitutionChainBroken: { ratified: string; named: string | undefined };
  ConstitutionInfeasible: { shortages: readonly Shortage[] };
  MembersMissing: Record<string, never>;
  MembersInvalid: { problems: readonly Problem[] };
  MembersInfeasible: { shortages: readonly Shortage[] };
  MembersTooFew: { members: number; minMembers: number };
  SubjectsTooMany: { subjects: readonly string[]; allowed: number; electors: number };
  NumbersReused: { members: readonly string[]; greatest: number };
  MachinesUnowned: { machines: readonly { machine: string; path: string }[] };
  EmergencyUnknown: Record<string, never>;
  EmergencyGrants: { grants: readonly { path: string; what: string }[] };
}

/** What a class asks for and the members cannot give. */
export interface Shortage {
  /** Name of the class, or `emergency` or `membership`. */
  readonly rule: string;
  readonly sentence: string;
}

const first = (problems: readonly Problem[]): string => {
  const [problem, ...others] = problems;
  if (!problem) return "it could not be read";
  return `${problemSentence(problem)}${others.length > 0 ? ` (and ${counted(others.length, "more problem")})` : ""}`;
};

const shortages = (list: readonly Shortage[]): string => list.map(({ sentence }) => sentence).join("; ");

export const proposalSentences: Sentences<ProposalReasonData> = {
  DecidedAs: (data) =>
    `Decided as ${data.class}, the strictest class of what it changes: ${named(data.paths)}${data.classes.length > 1 ? ` (classes: ${data.classes.join(", ")})` : ""}.`,
  EmergencyProcedure: ({ signers }) => `Opened as an emergency: ${signers} signers decide, and it may only reduce.`,
  RulesChanged: ({ opening, current }) =>
    `The constitution was changed since this was opened (${short(opening)}, now ${short(current)}): it has to pass under both.`,
  NothingChanges: () => "It changes nothing.",
  TooManyChanges: ({ changes, changesMax }) => `It changes ${changes} files, ${changesMax} are the most: split it.`,
  UnsafePaths: ({ paths }) =>
    `Paths that are not taken: ${named(paths.map(({ path, problem }) => `${shown(path)} ${problem}`))}. Rename them.`,
  UnsafeModes: ({ paths }) =>
    `Only plain files (mode 100644) are taken; not so ${named(paths.map(({ path, mode }) => `${path} (${mode})`))}.`,
  CollidingPaths: ({ paths }) => `Some people and systems cannot tell these names apart: ${named(paths)}. Rename one.`,
  ConstitutionNotAlone: ({ others }) =>
    `A change of the constitution travels alone, but this also changes ${named(others)}: open a second proposal for that.`,
  ConstitutionMissing: () => "It takes constitution.yaml away; a community without rules cannot decide anything.",
  ConstitutionInvalid: ({ problems }) => `The proposed constitution cannot be taken: ${first(problems)}.`,
  ConstitutionVersionWrong: ({ ratified, proposed }) =>
    `The proposed constitution has version ${proposed}; the one after version ${ratified} is ${ratified + 1}.`,
  ConstitutionChainBroken: (data) =>
    `The proposed constitution says that it follows ${data.named ? short(data.named) : "none"}, but ${short(data.ratified)} is ratified: write previous: ${data.ratified}.`,
  ConstitutionInfeasible: (data) =>
    `No vote could satisfy the proposed constitution with today's members: ${shortages(data.shortages)}.`,
  MembersMissing: () => "It takes members.yaml away; nobody could vote any more.",
  MembersInvalid: ({ problems }) => `The proposed members cannot be taken: ${first(problems)}.`,
  MembersInfeasible: (data) =>
    `With these members no vote could satisfy the constitution: ${shortages(data.shortages)}.`,
  MembersTooFew: ({ members, minMembers }) =>
    `It leaves ${counted(members, "voting member")}; ${minMembers} are the least.`,
  SubjectsTooMany: ({ subjects, allowed, electors }) =>
    `It takes the membership, roles or keys of ${named(subjects)}; of ${counted(electors, "voter")} at most ${allowed} at once.`,
  NumbersReused: ({ members, greatest }) =>
    `Numbers are never given again: ${named(members)} must have one above ${greatest}.`,
  MachinesUnowned: ({ machines }) =>
    `No member owns ${named(machines.map(({ machine, path }) => `${machine} (${path})`))}: enter it in members.yaml first, by a proposal of its own.`,
  EmergencyUnknown: () => "The constitution knows no emergency: open it as an ordinary proposal.",
  EmergencyGrants: ({ grants }) =>
    `An emergency may only reduce, but ${grants
      .slice(0, 5)
      .map(({ path, what }) => `${shown(path)} ${shown(what)}`)
      .join("; ")}${grants.length > 5 ? `; and ${grants.length - 5} more` : ""}. Open it as an ordinary proposal.`,
};
