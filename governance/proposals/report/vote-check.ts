/** The check `vote`: how it stands, what is missing, until when, and what to do. */
import { rfc3339 } from "../../../operator/clock/clock.ts";
import { listed } from "../../../operator/text/list.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { Reason, ReasonCode } from "../../constitution/reasons/reason.ts";
import type { Choice } from "../../constitution/snapshot.ts";
import type { Verdict, VerdictState } from "../../constitution/verdict.ts";
import type { CheckReport } from "../../forges/forge.ts";
import { joined, list } from "./blocks.ts";
import type { ReportInput } from "./input.ts";
import { code, prose } from "./markdown.ts";
import { steadySentence } from "./sentences.ts";
import { voterName } from "./voters.ts";

/** Of a check's title and of a commit status. */
export const titleCharsMax = 140;
/** Ballots that do not count are anybody's: their notes come last and are cut. */
const notesMax = 30;

export function voteCheck(input: ReportInput): CheckReport {
  const { verdict } = input;
  if (!verdict) return withoutVote(input);
  const blocks = [
    ...notices(input),
    `**${stateWords[verdict.state].toUpperCase()}** ${prose(`${tallyWords(verdict)}.`)}`,
    votesBlock(input, verdict),
    ...whyBlocks(verdict),
    timesBlock(verdict),
    ...(verdict.state === "open" || verdict.state === "needsConsent" || verdict.state === "vetoed"
      ? [howToVote(input, verdict)]
      : []),
    ...noteBlocks(verdict),
  ];
  return { state: checkStates[verdict.state], title: titleOf(verdict), summary: joined(blocks), annotations: [] };
}

/** A conflict has to be put right before; anything else is looked at again. */
function withoutVote(input: ReportInput): CheckReport {
  const isConflict = input.conflicts !== undefined;
  const title = isConflict ? "Nothing to vote on while there are conflicts" : "Not judged yet";
  const more = isConflict
    ? "Votes on what is pushed next count; see the check for the plan."
    : "It is looked at again.";
  const summary = joined([...notices(input), `${title}. ${more}`]);
  return { state: isConflict ? "failure" : "pending", title, summary, annotations: [] };
}

const checkStates: Readonly<Record<VerdictState, CheckReport["state"]>> = {
  open: "pending",
  needsConsent: "pending",
  passed: "success",
  rejected: "failure",
  vetoed: "failure",
  expired: "failure",
};

const stateWords: Readonly<Record<VerdictState, string>> = {
  open: "open",
  needsConsent: "needs consent",
  passed: "passed",
  rejected: "rejected",
  vetoed: "vetoed",
  expired: "expired",
};

function titleOf(verdict: Verdict): string {
  const { state, isEmergency, closesAt, mergeBy } = verdict;
  const words = `${isEmergency ? "emergency " : ""}${stateWords[state]}`;
  const until =
    state === "open" || state === "needsConsent"
      ? `; voting ends ${rfc3339(closesAt)}`
      : state === "passed"
        ? `; may be merged until ${rfc3339(mergeBy)}`
        : "";
  const wanted = state === "needsConsent" ? ownersWanted(verdict) : state === "vetoed" ? whoVetoed(verdict) : "";
  return printable(`${capitalised(words)}${wanted}: ${tallyWords(verdict)}${until}`, titleCharsMax);
}

function ownersWanted({ reasons }: Verdict): string {
  const owners = reasons.flatMap((each) => (each.code === "ConsentMissing" ? each.data.owners : []));
  return owners.length > 0 ? ` of ${listed(owners.map(({ owner }) => owner))}` : "";
}

function whoVetoed({ reasons }: Verdict): string {
  const by = reasons.flatMap((each) => (each.code === "Vetoed" ? each.data.by : []));
  return by.length > 0 ? ` by ${listed(by.map(({ member }) => member))}` : "";
}

function tallyWords({ tally, quorum }: Verdict): string {
  const { yes, no, abstain, electors } = tally;
  const needed =
    quorum.of === "signers"
      ? `${quorum.votes} of ${quorum.needed} signers`
      : `quorum ${quorum.votes} of ${quorum.needed}${quorum.of === "yes" ? " yes" : ""}`;
  return `${yes} yes, ${no} no, ${abstain} abstain of ${electors} voters; ${needed}`;
}

function votesBlock(input: ReportInput, { votes }: Verdict): string {
  if (votes.length === 0) return "Nobody has voted yet.";
  const line = (choice: Choice): string[] => {
    const of = votes.filter((vote) => vote.choice === choice);
    if (of.length === 0) return [];
    const voters = of.map((vote) => code(voterName(input, vote)) + (vote.ballot === undefined ? " (proposed it)" : ""));
    return [`${choice}: ${voters.join(", ")}`];
  };
  return list([...line("yes"), ...line("no"), ...line("abstain")]);
}

/** What a ballot's notes are about does not decide anything; the rest does. */
function isNote({ code: name }: Reason): boolean {
  return notes.has(name) || name.startsWith("Ballot");
}

const notes = new Set<ReasonCode>(["DismissalIgnored", "NotesOmitted"]);

function whyBlocks({ reasons }: Verdict): string[] {
  const why = reasons.filter((each) => !isNote(each));
  return why.length === 0 ? [] : ["### Why", list(why.map((each) => prose(steadySentence(each))))];
}

function noteBlocks({ reasons }: Verdict): string[] {
  const about = reasons.filter(isNote);
  return about.length === 0
    ? []
    : [
        "### Ballots that need a word",
        list(
          about.map((each) => prose(steadySentence(each))),
          notesMax,
        ),
      ];
}

function timesBlock(verdict: Verdict): string {
  const times: readonly (readonly [string, number | undefined])[] = [
    ["passes, if no vote changes", verdict.state === "open" ? verdict.passesAt : undefined],
    ["voting ends", verdict.closesAt],
    ["may be merged until", verdict.mergeBy],
    // Before a merge nobody knows when that will be.
    ["takes effect no earlier than", verdict.appliesAt],
    ["ends unless it is ratified", verdict.expiresAt],
  ];
  const lines = times.flatMap(([what, at]) => (at === undefined ? [] : [`${what}: ${code(rfc3339(at))}`]));
  return ["### When", list(lines)].join("\n\n");
}

/** `head` is hexadecimal; `label` is ours. */
function howToVote({ proposal, ballots }: ReportInput, { isEmergency }: Verdict): string {
  const command = `${code(`commonhold vote ${proposal.label} yes|no|abstain`)} in a clone of this repository`;
  const isOnGithub = proposal.id.startsWith("github:");
  const reviews = [
    "yes: approve this pull request",
    "no: request changes, with your reason",
    `abstain: comment ${code(`/abstain ${proposal.head.oid.slice(0, 12)}`)}, and never edit it`,
    `to take a vote back: comment ${code(`/withdraw ${proposal.head.oid.slice(0, 12)}`)}`,
  ];
  const signed = [`Only ballots that are signed with your SSH key count: ${command}`];
  const both = [...reviews, ...(ballots === undefined ? [`where only signed ballots count: ${command}`] : [])];
  const ways = ballots === "signed" || isEmergency ? signed : isOnGithub ? both : [command];
  const rule = "A vote is for what is there now: after a push vote again. The last vote of a member counts.";
  return ["### How to vote", list(ways), rule].join("\n\n");
}

/** What the service has to say besides, above everything else. */
export function notices({ notices: said = [] }: ReportInput): string[] {
  return said.length === 0 ? [] : [said.map((sentence) => `> ${prose(sentence)}`).join("\n>\n")];
}

export function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
