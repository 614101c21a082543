/** What a pass works with. Everything from outside comes in here; the steps hold no state of their own. */
import type { Logger } from "pino";
import type { LedgerRootSpec } from "../../operator/apis/ledger-root.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Parsed } from "../constitution/documents/problem.ts";
import type { Verdict } from "../constitution/verdict.ts";
import type { Forge, ForgeProposal } from "../forges/forge.ts";
import type { GitRepository, Oid } from "../git/repository.ts";
import type { DecisionLog } from "../log/decision-log.ts";
import type { Policy } from "../policy/policy.ts";
import type { Rollout, RolloutCode, Waiting } from "../rollout/rollout.ts";
import type { Journal } from "../sightings/journal.ts";
import type { ClockReference } from "./clock-check.ts";
import type { Judging } from "./judging.ts";
import type { PlanOf } from "./plans.ts";

export interface Governance {
  /** `git:…` or `github:…`, pinned. */
  readonly identity: string;
  /** Local ref of the policy branch. */
  readonly branchRef: string;
  readonly repository: GitRepository;
  readonly forge: Forge;
  readonly log: DecisionLog;
  readonly journal: Journal;
  readonly policies: Policies;
  /** What a proposal would do; by files alone while the cluster does not answer. */
  readonly plan: PlanOf;
  readonly rollout: Rollout;
  /** Whose turn it is to be judged. */
  readonly judging: Judging;
  /** Shows the log in the cluster as Decision objects. */
  readonly mirror: (view: GovernanceView, signal: AbortSignal) => Promise<void>;
  /** Brings log and checkpoint to where others see them. */
  readonly publish: (signal: AbortSignal) => Promise<void>;
  /** All roots of the work ledger that there are in the cluster. */
  readonly ledgerRoots: (signal: AbortSignal) => Promise<readonly LedgerRootSpec[]>;
  readonly references: (signal: AbortSignal) => Promise<readonly ClockReference[]>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: GovernanceLimits;
}

export interface Policies {
  /** Namespaces that the repository governs. */
  readonly namespaces: readonly string[];
  load(treeish: Oid, signal?: AbortSignal): Promise<Parsed<Policy>>;
  /** Why the policy of `after` could not follow that of `before`, in words. */
  problemsOf(before: Oid, after: Oid, signal?: AbortSignal): Promise<readonly string[]>;
}

export interface GovernanceLimits {
  /** How long a commit that no proposal claims is waited for. */
  readonly settleMs: number;
  /** How often the forge is asked although nothing woke us. */
  readonly pollMs: number;
}

/** How everything stands after a pass. */
export interface GovernanceView {
  readonly now: number;
  /** As each was judged last: in this pass, or in an earlier one where it had no turn in this one. */
  readonly open: readonly JudgedProposal[];
  /** Open ones that had no turn yet since the service began. */
  readonly unjudged?: ReadonlySet<string>;
  readonly rollout: RolloutView;
  /** What is wrong, by code; empty when all is well. */
  readonly troubles: readonly Trouble[];
}

export interface JudgedProposal {
  readonly proposal: ForgeProposal;
  readonly verdict?: Verdict;
  /** Paths in which it conflicts with the policy branch. */
  readonly conflicts?: readonly string[];
}

export interface RolloutView {
  /** Ratified commit whose tree is in force, or is being made so. */
  readonly commit?: Oid;
  readonly state: "applied" | "waiting" | "failed" | "held" | "unknown";
  readonly waitsFor: readonly Waiting[];
  readonly sentence?: string;
  /** Of a failure. */
  readonly code?: RolloutCode;
  /** When the next ratified commit may be applied, ms. */
  readonly nextAt?: number;
}

export interface Trouble {
  readonly code: string;
  readonly sentence: string;
  /** It will be tried again by itself. */
  readonly isTransient: boolean;
}
