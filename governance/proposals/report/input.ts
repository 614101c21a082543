/** What a report is made of. */
import type { Member } from "../../constitution/documents/members.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import type { ForgeProposal } from "../../forges/forge.ts";
import type { ProposalPlan } from "../plan.ts";

export interface ReportInput {
  readonly proposal: Pick<ForgeProposal, "id" | "label" | "head" | "proposer" | "ballots">;
  /** Paths in which it conflicts with the policy branch: then there is nothing to plan or to vote on. */
  readonly conflicts?: readonly string[];
  /** Undefined where the policy that is ratified could not be read, or nothing was planned yet. */
  readonly plan?: ProposalPlan;
  /** `sha256:…`, to which ballots bind. */
  readonly planDigest?: string;
  readonly verdict?: Verdict;
  /** Those who are members now, for their names; accounts are named where left out. */
  readonly members?: readonly Pick<Member, "number" | "name">[];
  /** What the deciding class counts; both ways to vote are told where it is not said. */
  readonly ballots?: "any" | "signed";
  /** What else is to be said, before all: sentences, for example that the branch is held. They must not count down. */
  readonly notices?: readonly string[];
}
