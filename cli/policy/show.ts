/** Lines about proposals, for a terminal. Titles, reasons and paths are other people's words: each is made printable here. */

import type { Member } from "../../governance/constitution/documents/members.ts";
import { problemsMax } from "../../governance/constitution/documents/problem.ts";
import { accountName } from "../../governance/constitution/reasons/wording.ts";
import type { Account } from "../../governance/constitution/snapshot.ts";
import type { Verdict } from "../../governance/constitution/verdict.ts";
import { memberOf } from "../../governance/constitution/voting/electorate.ts";
import type { TreeChange } from "../../governance/git/repository.ts";
import { steadySentence } from "../../governance/proposals/report/sentences.ts";
import { printable } from "../../operator/text/printable.ts";

const changesShownMax = 40;
const lineCharsMax = 500;

/** Untrusted text as one line. */
export function oneLine(text: string, charsMax = 200): string {
  return printable(text, charsMax);
}

/** Untrusted text of several lines. */
export function paragraph(text: string, indent = "  "): string[] {
  return text.split("\n").map((line) => indent + printable(line.replaceAll("\t", "  "), lineCharsMax));
}

export function whoIs(account: Account, members: readonly Member[]): string {
  const member = memberOf(account, members);
  return member ? oneLine(member.name) : accountName(account);
}

/** `+ models/a.yaml`, `~ members.yaml`, `- hosts/b.yaml`. */
export function changeLines(changes: readonly TreeChange[]): string[] {
  const shown = changes.slice(0, changesShownMax).map(({ path, before, after }) => {
    const mark = !before ? "+" : after ? "~" : "-";
    return `  ${mark} ${oneLine(path)}`;
  });
  const hidden = changes.length - shown.length;
  return hidden > 0 ? [...shown, `  … and ${hidden} more`] : shown;
}

export function tallyLine(verdict: {
  readonly tally: Pick<Verdict["tally"], "yes" | "no" | "abstain" | "electors">;
  readonly quorum: Verdict["quorum"];
  readonly decidedBy: string;
  readonly isEmergency: boolean;
}): string {
  const { tally, quorum, decidedBy, isEmergency } = verdict;
  const { yes, no, abstain, electors } = tally;
  const needed =
    quorum.of === "signers"
      ? `${quorum.votes} of ${quorum.needed} signers`
      : `quorum ${quorum.votes} of ${quorum.needed}`;
  const how = isEmergency ? "emergency" : `class ${oneLine(decidedBy)}`;
  return `${how} · ${yes} yes, ${no} no, ${abstain} abstain of ${electors} · ${needed}`;
}

/** Why it stands as it does; what is to be said of single ballots only where it is asked for. */
export function reasonLines({ reasons }: Verdict, withBallots: boolean): string[] {
  const wanted = reasons.filter(({ code }) => withBallots || !code.startsWith("Ballot"));
  return wanted.map((reason) => `  ${printable(steadySentence(reason), lineCharsMax)}`);
}

export function problemLines(problems: readonly string[]): string {
  const shown = problems.slice(0, problemsMax).map((problem) => `  ${printable(problem, lineCharsMax)}`);
  const hidden = problems.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`  … and ${hidden} more`] : [])].join("\n");
}
