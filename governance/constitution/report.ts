/** The parts of a verdict that only report: who voted what, what is reached, and why the rest does not count. */
import type { Case } from "./case.ts";
import { shareText } from "./documents/share.ts";
import { type Reason, reason } from "./reasons/reason.ts";
import type { Verdict } from "./verdict.ts";
import { affiliationsOf } from "./voting/affiliations.ts";
import type { Vote } from "./voting/vote.ts";
import { majorityChecks, quorumCheck } from "./voting/vote-checks.ts";

type Facts = Pick<Verdict, "decidedBy" | "classes" | "isEmergency" | "electorate" | "tally" | "quorum" | "votes">;

export function factsOf(the: Case, { standing }: Vote): Facts {
  const { classification, snapshot, procedure } = the;
  return {
    decidedBy: classification.decidedBy.name,
    classes: classification.matched.map(({ name }) => name),
    isEmergency: procedure.emergency !== undefined,
    electorate: snapshot.opening.members.digest,
    tally: standing.tally.read(),
    quorum: quorumOf(the, standing),
    votes: standing.votes().map(({ member, choice, ballot }) => ({
      member: member.number,
      choice,
      ...(ballot !== undefined && { ballot }),
    })),
  };
}

function quorumOf({ classification, procedure, electorate }: Case, standing: Vote["standing"]): Verdict["quorum"] {
  if (procedure.emergency) {
    const votes = affiliationsOf(standing.saying("yes")).size;
    return { needed: procedure.emergency.signers, votes, of: "signers" };
  }
  const { of, formula } = classification.decidedBy.quorum;
  const { yes, cast } = standing.tally.read();
  return { needed: formula.needed(electorate.size), votes: of === "yes" ? yes : cast, of };
}

/** By which class, and because of which paths. */
export function decidedAs({ classification, procedure }: Case): Reason {
  const { decidedBy, matched, paths } = classification;
  if (procedure.emergency) return reason("EmergencyProcedure", { signers: procedure.emergency.signers });
  const because = paths.filter(({ classes }) => classes.includes(decidedBy)).map(({ path }) => path);
  return reason("DecidedAs", { class: decidedBy.name, classes: matched.map(({ name }) => name), paths: because });
}

/** What holds, where something else may be missing. */
export function reached(the: Case, vote: Vote, expiresAt: number | undefined): Reason[] {
  const { standing } = vote;
  const { yes, no, capped } = standing.tally.read();
  const { share } = the.classification.decidedBy;
  const { of, ...quorum } = quorumOf(the, standing);
  const found: Reason[] = [];
  if (of !== "signers" && !quorumCheck(standing, the)) {
    found.push(reason("QuorumReached", { ...quorum, of, electors: the.electorate.size }));
  }
  if (of !== "signers" && majorityChecks.every((check) => check(standing, the)?.code !== "ShareMissing")) {
    found.push(reason("ShareReached", { yes, no, share: shareText(share) }));
  }
  if (expiresAt !== undefined) found.push(reason("EmergencyRunning", { expiresAt }));
  return [...found, ...capped.map(({ counted, ...rest }) => reason("AffiliationCapped", { ...rest, counted }))];
}

/** Notes on ballots that are written out; an outsider can cast any number of ballots that do not count. */
const notesMax = 200;

export function spelledOut(notes: readonly Reason[]): Reason[] {
  if (notes.length <= notesMax) return [...notes];
  return [...notes.slice(0, notesMax), reason("NotesOmitted", { notes: notes.length, spelledOut: notesMax })];
}
