/** Says on a commit of the policy branch what became of it, and offers the way back where nobody voted for it. */
import { rfc3339 } from "../../../operator/clock/clock.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { Reason } from "../../constitution/reasons/reason.ts";
import type { CommitReport, RevertOffer } from "../../forges/forge.ts";
import type { Oid } from "../../git/repository.ts";
import { joined, list } from "./blocks.ts";
import { code, prose } from "./markdown.ts";
import { steadySentence } from "./sentences.ts";
import { titleCharsMax } from "./vote-check.ts";

export type CommitOutcome =
  /** Waits for its timelock, for those before it, or for the rollout. */
  | { readonly state: "ratified"; readonly appliesAt: number; readonly waitsFor?: string }
  | { readonly state: "applied"; readonly changed: number; readonly unchanged: number }
  /** Ratified, and will be tried again. */
  | { readonly state: "failed"; readonly sentence: string }
  /** Nobody voted for it, or it is not what was voted for; `ratified` stays in force. */
  | {
      readonly state: "unratified";
      readonly sentence: string;
      readonly ratified: Oid;
      readonly reasons?: readonly Reason[];
    }
  /** The branch has the ratified tree again. */
  | { readonly state: "restored" };

export interface CommitReportInput {
  readonly commit: Oid;
  readonly outcome: CommitOutcome;
  /** Label of the proposal that it merged. */
  readonly proposal?: string;
}

export function renderCommitReport({ commit, outcome, proposal }: CommitReportInput): CommitReport {
  const by = proposal === undefined ? "" : ` by proposal ${proposal}`;
  const said = saying(outcome, by);
  const because = proposal === undefined ? [] : [`It merged proposal ${code(proposal)}.`];
  const summary = joined([prose(said.title), ...because, ...said.blocks]);
  return { commit, state: said.state, title: printable(said.title, titleCharsMax), summary };
}

interface Saying {
  readonly state: CommitReport["state"];
  readonly title: string;
  readonly blocks: readonly string[];
}

function saying(outcome: CommitOutcome, by: string): Saying {
  switch (outcome.state) {
    case "ratified": {
      const waits = outcome.waitsFor === undefined ? "" : `; waits for ${outcome.waitsFor}`;
      return {
        state: "pending",
        title: `Ratified${by}; takes effect no earlier than ${rfc3339(outcome.appliesAt)}${waits}`,
        blocks: [],
      };
    }
    case "applied":
      return {
        state: "success",
        title: `In force${by}: ${outcome.changed} objects changed, ${outcome.unchanged} unchanged`,
        blocks: [],
      };
    case "failed":
      return { state: "failure", title: `Ratified${by}, but not in force: ${outcome.sentence}`, blocks: [tryAgain] };
    case "unratified":
      return {
        state: "failure",
        title: `Not ratified: ${outcome.sentence}`,
        blocks: [
          prose(outcome.sentence),
          ...(outcome.reasons?.length ? [list(outcome.reasons.map((reason) => prose(steadySentence(reason))))] : []),
          `The cluster stays on ${code(outcome.ratified.slice(0, 12))}, the last commit that was ratified. Merge the revert that is offered, or open a proposal for the difference.`,
        ],
      };
    case "restored":
      return { state: "success", title: "The branch holds what was ratified again", blocks: [] };
    default:
      return outcome satisfies never;
  }
}

const tryAgain = "It is tried again until it succeeds; nothing claims that it is in force before.";

/** Title and body of the revert that is offered for `head`, a commit that nobody voted for. */
export function renderRevert(input: {
  readonly head: Oid;
  readonly ratified: Oid;
  readonly sentence: string;
}): Pick<RevertOffer, "title" | "body"> {
  const [head, ratified] = [input.head.slice(0, 12), input.ratified.slice(0, 12)];
  return {
    title: `Go back to what was ratified (${ratified})`,
    body: joined([
      `Commit ${code(head)} is on the policy branch, but it is not ratified: ${prose(input.sentence)}`,
      `This brings back the files of ${code(ratified)}, the last ratified commit, which is what the cluster runs. Merging it needs no vote, for it changes nothing of what is in force; until then no other proposal can take effect.`,
      "If what was pushed is wanted, close this and open a proposal for it.",
    ]),
  };
}
