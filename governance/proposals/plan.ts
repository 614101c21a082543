/** What a proposal would do, said before anybody votes. */
import type { Problem } from "../constitution/documents/problem.ts";
import type { ObjectName } from "../policy/policy.ts";

export interface ProposalPlan {
  /** What is wrong with the tree; where there is anything, the plan fails and nothing else is known. */
  readonly problems: readonly Problem[];
  readonly objects: readonly ObjectPlan[];
  /** Effects on machines, in sentences. */
  readonly capacity: readonly string[];
  /** Models that come or change: size, licence, where they are from. */
  readonly models: readonly ModelFacts[];
}

export interface ObjectPlan extends ObjectName {
  readonly change: "create" | "update" | "remove" | "unchanged";
  /** By a server-side dry run; `files`: the cluster could not be asked, so files were compared. */
  readonly basis: "dry-run" | "files";
  /** Unified diff of YAML, at most `diffLinesMax` lines. */
  readonly diff: readonly string[];
  /** What the API server said no to. */
  readonly refusal?: string;
}

export interface ModelFacts extends ObjectName {
  readonly reference: string;
  readonly bytes?: number;
  readonly licence?: string;
  /** Where the facts could not be had. */
  readonly unknown?: string;
}
