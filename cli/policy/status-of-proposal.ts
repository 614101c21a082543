/** How one proposal stands: what the service shows, and what is counted here from the same ballots. */

import type { Verdict } from "../../governance/constitution/verdict.ts";
import type { TreeChange } from "../../governance/git/repository.ts";
import { steadySentence } from "../../governance/proposals/report/sentences.ts";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { decisionOn } from "./decision-on.ts";
import { judge } from "./judge.ts";
import type { PolicyMirror } from "./mirror.ts";
import { type ListedProposal, membersOf } from "./proposals.ts";
import { reportOn, type ServiceReport } from "./reports.ts";
import { changeLines, oneLine, paragraph, problemLines, tallyLine, whoIs } from "./show.ts";

export interface ProposalStatus {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly description?: string;
  readonly proposer: string;
  readonly state: string;
  /** How it ended, by the decision log. */
  readonly decision?: { readonly kind: string; readonly at: string };
  readonly head: string;
  readonly isEmergency: boolean;
  readonly plan?: string;
  readonly changes?: readonly TreeChange[];
  readonly conflicts?: readonly string[];
  /** The service's last word, if it is about the present head. */
  readonly service?: ServiceReport;
  /** Counted here. Times are not known here, so neither is when it ends. */
  readonly own?: Pick<Verdict, "decidedBy" | "classes" | "isEmergency" | "quorum" | "votes"> & {
    readonly tally: Pick<Verdict["tally"], "yes" | "no" | "abstain" | "electors">;
    readonly reasons: readonly { readonly code: string; readonly sentence: string }[];
  };
}

export async function describeProposal(policy: PolicyMirror, proposal: ListedProposal): Promise<ProposalStatus> {
  const { id, label, title, state, head, isEmergency, opening, proposer } = proposal;
  const decision = decisionOn(policy.decisions.records, id);
  const common = {
    ...{ id, label, title, state, isEmergency, head: head.oid },
    ...(opening?.description !== undefined && { description: opening.description }),
    ...(decision && { decision: { kind: decision.kind, at: rfc3339(decision.at) } }),
    proposer: whoIs(proposer, await membersOf(policy)),
  };
  const report = await reportOn(policy, id);
  const service = report?.head === head.oid ? { service: report } : {};
  // What is over was judged on the branch as it was then; and of pull requests git knows too little.
  if (state !== "open" || policy.forge !== "git") return { ...common, ...service };
  const judged = await judge(policy, proposal);
  if (judged.state === "conflicts") return { ...common, ...service, conflicts: judged.conflicts };
  return { ...common, ...service, plan: judged.plan, changes: judged.changes, own: counted(judged.verdict) };
}

function counted(verdict: Verdict): NonNullable<ProposalStatus["own"]> {
  const { decidedBy, classes, isEmergency, quorum, votes, reasons } = verdict;
  const { yes, no, abstain, electors } = verdict.tally;
  return {
    ...{ decidedBy, classes, isEmergency, quorum, votes, tally: { yes, no, abstain, electors } },
    reasons: reasons
      .filter(({ code }) => !timed.has(code))
      .map((reason) => ({ code: reason.code, sentence: steadySentence(reason) })),
  };
}

/** What is said of times would be said of the time at which somebody looked. */
const timed: ReadonlySet<string> = new Set(["PeriodRunning"]);

export function proposalLines(status: ProposalStatus, isWhole: boolean): string[] {
  const { label, title, state, service, own, conflicts, changes = [], proposer } = status;
  const lines = [`${label}  ${stateWords(status)}  ${oneLine(title)}`, `  by ${proposer}`];
  if (isWhole && status.description !== undefined) lines.push(...paragraph(status.description));
  if (isWhole) lines.push(...changeLines(changes));
  if (conflicts) lines.push(`  conflicts with the policy branch in:`, problemLines(conflicts));
  if (service) lines.push(`  plan: ${oneLine(service.plan.title)}`, `  vote: ${oneLine(service.vote.title)}`);
  if (service?.isTheServices === false) lines.push("  (somebody else than the service that writes the log wrote this)");
  if (!service && state === "open") lines.push("  the service has not looked at it yet");
  if (own) lines.push(`  counted here: ${tallyLine(own)}`);
  if (own && isWhole) lines.push(...own.reasons.map(({ sentence }) => `    ${oneLine(sentence, 500)}`));
  return lines;
}

function stateWords({ state, isEmergency, decision }: ProposalStatus): string {
  const words = decision ? `${state}, ${decision.kind} at ${decision.at}` : state;
  return isEmergency ? `${words}, emergency` : words;
}
