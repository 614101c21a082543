/**
 * Judges the next unit of the policy branch: gather what is to be known of it, judge it by the checks, and give the record
 * that says so. Nothing is written here. Called again after the record was appended, it goes on with the next unit, until the
 * branch's head was judged.
 */

import { evaluate } from "../constitution/evaluate.ts";
import type { Suspended } from "../constitution/snapshot.ts";
import type { Verdict } from "../constitution/verdict.ts";
import { type Evidence, evidenceDigest } from "../evidence/evidence.ts";
import { gatherEvidence, seenOf } from "../evidence/gather-evidence.ts";
import { planDigest } from "../evidence/plan-digest.ts";
import { snapshotFrom } from "../evidence/snapshot-from.ts";
import type { ForgeProposal } from "../forges/forge.ts";
import { type Call, type GitRepository, isContentError, type Oid } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { DecisionRecord, VerdictRecord } from "../log/record.ts";
import type { Journal } from "../sightings/journal.ts";
import { cursorOf, isSpent } from "./cursor.ts";
import { lastRatified, ratifiedCommits } from "./ratified.ts";
import { type MergeUnit, nextUnit } from "./unit.ts";
import { type Judgement, judgeUnit, type UnitFacts } from "./unit-checks.ts";
import { verdictRecord } from "./verdict-record.ts";

export interface VerificationInput {
  readonly repository: GitRepository;
  /** Of the forge. */
  readonly identity: string;
  readonly records: readonly LoggedRecord[];
  readonly journal: Journal;
  /** Head of the policy branch. */
  readonly head: Oid;
  /** Every proposal that merged this commit, as the forge says: several may have the same head. */
  readonly claimsOf: (commit: Oid) => Promise<readonly ForgeProposal[]>;
  readonly suspended: Suspended;
  /** What is wrong with the policy of a tree that would follow another, in words; nothing where it could be applied. */
  readonly problemsOf: (before: Oid, after: Oid) => Promise<readonly string[]>;
  readonly now: number;
  /** How long a commit that no proposal claims yet is waited for: a forge may be slow to say which one merged it. */
  readonly settleMs: number;
}

export type Verification =
  | { readonly state: "done" }
  /** The branch does not descend from what was judged: somebody rewrote it. */
  | { readonly state: "rewritten"; readonly head: Oid; readonly cursor: Oid }
  | { readonly state: "settling"; readonly commit: Oid; readonly until: number }
  | {
      readonly state: "judged";
      readonly unit: MergeUnit;
      readonly judgement: Judgement;
      readonly record: DecisionRecord;
      readonly evidence?: Evidence;
      readonly verdict?: Verdict;
    };

export async function verifyNext(input: VerificationInput, call: Call = {}): Promise<Verification> {
  const { repository, records, head, journal, now } = input;
  const cursor = cursorOf(records);
  const pending = await repository.firstParents(cursor, head, call);
  if (!pending) return { state: "rewritten", head, cursor };
  const [first, ...others] = pending;
  if (first === undefined) return { state: "done" };
  const claimOf = async (commit: Oid): Promise<ForgeProposal | undefined> => (await input.claimsOf(commit))[0];
  const unit = await nextUnit([first, ...others], { repository, claimOf }, call);
  if (!unit.proposal) {
    const until = (await seenSince(journal, unit.tip.oid, now)) + input.settleMs;
    if (now < until) return { state: "settling", commit: unit.tip.oid, until };
  }
  return judgedBest(unit, await twinsOf(unit, input), input, call);
}

/** Other proposals of the same head that are judged; members' come first. */
const twinsMax = 10;

/** Anybody may propose a head that is proposed already; then both are merged, and what was voted for is voted for. */
async function twinsOf({ proposal, tip }: MergeUnit, { claimsOf }: VerificationInput): Promise<ForgeProposal[]> {
  if (!proposal) return [];
  const all = await claimsOf(tip.oid);
  return all.filter(({ id, head }) => id !== proposal.id && head.oid === proposal.head.oid).slice(0, twinsMax);
}

async function judgedBest(
  unit: MergeUnit,
  [next, ...others]: readonly ForgeProposal[],
  input: VerificationInput,
  call: Call,
): Promise<Verification> {
  const gathered = await gatherFacts(unit, input, call).catch((error: unknown) => {
    // What was pushed must not be able to stop everything for ever: it is not ratified, and a revert heals the branch.
    if (isContentError(error)) return { facts: unreadable(unit, input) };
    throw error;
  });
  const judgement = judgeUnit(gathered.facts);
  const judged = { state: "judged", unit, judgement, ...recordOf(unit, judgement, gathered, input) } as const;
  if (judgement.kind !== "unratified" || !next) return judged;
  const other = await judgedBest({ ...unit, proposal: next }, others, input, call);
  return other.state === "judged" && other.judgement.kind === "ratified" ? other : judged;
}

function unreadable({ tip, proposal }: MergeUnit, { records }: VerificationInput): UnitFacts {
  const { tree } = lastRatified(records);
  return { ratifiedTree: tree, tip, isSpent: false, hasHead: true, isUnreadable: true, ...(proposal && { proposal }) };
}

interface Gathered {
  readonly facts: UnitFacts;
  readonly evidence?: Evidence;
  readonly plan?: string;
}

async function gatherFacts(unit: MergeUnit, input: VerificationInput, call: Call): Promise<Gathered> {
  const { repository, records } = input;
  const { proposal, tip } = unit;
  const ratified = lastRatified(records);
  const common = { ratifiedTree: ratified.tree, tip, isSpent: proposal ? isSpent(records, proposal.id) : false };
  const head = proposal && (await repository.commit(proposal.head.oid, call));
  if (!proposal || !head) return { facts: { ...common, hasHead: false, ...(proposal && { proposal }) } };
  const recomputed = await repository.mergeTree(unit.base.oid, head.oid, call);
  const facts = { ...common, proposal, hasHead: true, recomputed };
  if (tip.tree === ratified.tree) return { facts };
  const plan = planDigest(await repository.diff(ratified.tree, tip.tree, call));
  const evidence = await evidenceOf(unit, proposal, plan, input);
  const snapshot = await snapshotFrom(
    evidence,
    { repository, ratified: ratifiedCommits(records).map(({ commit }) => commit) },
    call,
  );
  const verdict = evaluate(snapshot, input.now);
  const policyProblems = await input.problemsOf(ratified.tree, tip.tree);
  return { facts: { ...facts, verdict, policyProblems }, evidence, plan };
}

async function evidenceOf(
  unit: MergeUnit,
  proposal: ForgeProposal,
  plan: string,
  input: VerificationInput,
): Promise<Evidence> {
  const { journal, records, identity, suspended, now } = input;
  const { oid, tree } = unit.tip;
  const merge = { kind: "merge", proposal: proposal.id, id: oid } as const;
  const mergeSeen = proposal.mergedAt === undefined ? merge : { ...merge, at: proposal.mergedAt };
  await journal.note([...seenOf(proposal, plan), mergeSeen], now);
  return gatherEvidence({
    repository: identity,
    proposal,
    sightings: journal.of(proposal.id),
    records,
    current: lastRatified(records).commit,
    tree,
    suspended,
    mergedBy: oid,
  });
}

/** When a commit that nothing claims was first seen on the branch. */
async function seenSince(journal: Journal, commit: Oid, now: number): Promise<number> {
  const seen = { kind: "merge", proposal: "branch", id: commit } as const;
  await journal.note([seen], now);
  return journal.first(seen)?.at ?? now;
}

function recordOf(
  unit: MergeUnit,
  judgement: Judgement,
  { facts, evidence, plan }: Gathered,
  { records, now }: VerificationInput,
): { record: DecisionRecord; evidence?: Evidence; verdict?: Verdict } {
  const { tip, base, proposal } = unit;
  const from = lastRatified(records).commit;
  const { verdict } = facts;
  const commit = { commit: tip.oid, tree: tip.tree, from };
  if (judgement.kind === "restored") return { record: { kind: "restored", at: now, ...commit } };
  const proof = evidence && verdict ? { evidence, verdict } : {};
  if (judgement.kind === "ratified" && evidence && verdict && plan !== undefined) {
    const merge: VerdictRecord["merge"] = { commit: tip.oid, parents: tip.parents, base: base.oid, tree: tip.tree };
    return { record: verdictRecord({ kind: "ratified", at: now, evidence, verdict, plan, merge }), ...proof };
  }
  const code = judgement.kind === "unratified" ? judgement.code : "NotPassed";
  return {
    record: {
      kind: "unratified",
      at: now,
      ...commit,
      parents: tip.parents,
      code,
      ...(proposal && { proposal: proposal.id }),
      ...(evidence &&
        verdict && { evidence: evidenceDigest(evidence), reasons: verdict.reasons.map((one) => one.code) }),
    },
    ...proof,
  };
}
