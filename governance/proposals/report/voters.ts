/** Who cast the votes of a verdict, by the name that readers know. */
import { accountName } from "../../constitution/reasons/wording.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import type { ReportInput } from "./input.ts";

/** Plain text, not escaped: a member's name, else the account that cast the ballot, else the member's number. */
export function voterName(
  { members = [], proposal }: ReportInput,
  { member, ballot }: Verdict["votes"][number],
): string {
  const known = members.find(({ number }) => number === member);
  if (known) return known.name;
  const by = ballot === undefined ? proposal.proposer : proposal.ballots.find(({ id }) => id === ballot)?.by;
  return by ? accountName(by) : `member ${member}`;
}
