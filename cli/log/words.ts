/** Records and times as a person reads them. Everything out of a log is other people's text and is made printable. */
import type { DecisionRecord } from "../../governance/log/record.ts";
import { printable } from "../../operator/text/printable.ts";

const partCharsMax = 120;

/** `2026-03-01 12:00:05 UTC`; a time that no calendar has stays a number. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms} ms`;
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What a record is about, in a few words. */
export function recordText(record: DecisionRecord): string {
  return factsOf(record)
    .map((fact) => printable(fact, partCharsMax))
    .join(" · ");
}

function factsOf(record: DecisionRecord): readonly string[] {
  switch (record.kind) {
    case "genesis":
      return [record.repository, `commit ${short(record.commit)}`, record.origin];
    case "opened":
      return [proposalText(record.proposal), `head ${short(record.head)}`];
    case "ratified":
    case "rejected":
    case "vetoed":
    case "expired":
    case "closed":
    case "emergency": {
      const { yes = 0, no = 0, abstain = 0 } = record.tally;
      const merge = record.merge ? [`merge ${short(record.merge.commit)}`] : [];
      return [proposalText(record.proposal), record.decidedBy, `${yes} yes, ${no} no, ${abstain} abstain`, ...merge];
    }
    case "unratified":
      return [
        `commit ${short(record.commit)}`,
        record.code,
        ...(record.proposal ? [proposalText(record.proposal)] : []),
      ];
    case "restored":
      return [`commit ${short(record.commit)}`];
    case "emergencyEnded":
      return [proposalText(record.proposal), record.cause];
    case "applied":
      return [`commit ${short(record.commit)}`, `${record.receipts.length} changed, ${record.unchanged} unchanged`];
    case "applyFailed":
      return [`commit ${short(record.commit)}`, record.code];
    case "halted":
      return [record.code, ...(record.commit === undefined ? [] : [`commit ${short(record.commit)}`])];
    case "resumed":
      return [`commit ${short(record.commit)}`];
    case "keyRotated":
      return [`from ${record.previousKey}`, `to ${record.nextKey}`, ...(record.isLost ? ["the old key is lost"] : [])];
    case "ledgerRoot":
      return [record.day, `${record.size} entries`];
  }
}

/** `#7` on GitHub, the first digits of the opening in plain git. */
function proposalText(proposal: string): string {
  const name = proposal.split("/").at(-1) ?? proposal;
  return proposal.startsWith("github:") ? `#${name}` : short(name);
}

function short(oid: string): string {
  return oid.slice(0, 12);
}
