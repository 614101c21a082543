/**
 * Recomputes what a record says, from the records before it, its evidence and git objects, and compares. Anybody can do that
 * with a clone: the same functions are asked that decided at the time.
 */
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import { evaluate } from "../constitution/evaluate.ts";
import { ratifiedDocuments } from "../evidence/documents-at.ts";
import { type Evidence, evidenceDigest } from "../evidence/evidence.ts";
import { snapshotFrom } from "../evidence/snapshot-from.ts";
import type { GitRepository } from "../git/repository.ts";
import type { LoggedRecord } from "../log/decision-log.ts";
import type { GenesisRecord, RestoredRecord, UnratifiedRecord, VerdictRecord } from "../log/record.ts";
import { cursorOf } from "./cursor.ts";
import { different } from "./difference.ts";
import { lastRatified, ratifiedAt, ratifiedCommits } from "./ratified.ts";
import { appliedDifferences, emergencyEndDifferences, openingDifferences } from "./replay-effects.ts";
import { verdictRecord } from "./verdict-record.ts";

export interface ReplayInput {
  readonly records: readonly LoggedRecord[];
  readonly index: number;
  readonly evidence: Evidence | undefined;
  readonly repository: GitRepository;
}

/** What the log said before the record that is replayed. */
export interface Before {
  readonly records: readonly LoggedRecord[];
  readonly end: number;
}

export type Replay = { readonly agrees: true } | { readonly agrees: false; readonly differences: readonly string[] };

/** Records that say nothing that follows from others agree as they are: the chain already holds them. */
export async function replayVerdict({ records, index, evidence, repository }: ReplayInput): Promise<Replay> {
  const record = records[index]?.record;
  if (!record) throw new RangeError(`the log has no record ${index}`);
  const before: Before = { records, end: index };
  const differences = await differencesOf();
  return differences.length === 0 ? { agrees: true } : { agrees: false, differences };

  async function differencesOf(): Promise<string[]> {
    switch (record?.kind) {
      case "genesis":
        return genesisDifferences(record, repository);
      case "restored":
        return restoredDifferences(record, before, repository);
      case "unratified":
        return unratifiedDifferences(record, before, evidence, repository);
      case "ratified":
      case "rejected":
      case "vetoed":
      case "expired":
      case "closed":
      case "emergency":
        if (!evidence) return [`its evidence ${record.evidence} is not there`];
        return verdictDifferences(record, before, evidence, repository);
      case "opened":
        return openingDifferences(record, before);
      case "applied":
      case "applyFailed":
        return appliedDifferences(record, before);
      case "emergencyEnded":
        return emergencyEndDifferences(record, before);
      default:
        return [];
    }
  }
}

async function genesisDifferences(record: GenesisRecord, repository: GitRepository): Promise<string[]> {
  const commit = await repository.commit(record.commit);
  if (!commit) return [`the genesis ${record.commit} is not in the repository`];
  const documents = await ratifiedDocuments(repository, record.commit);
  return [
    ...different("tree", record.tree, commit.tree),
    ...different("constitution", record.constitution, documents.constitution.digest),
    ...different("members", record.members, documents.members.digest),
  ];
}

async function restoredDifferences(
  record: RestoredRecord,
  before: Before,
  repository: GitRepository,
): Promise<string[]> {
  const ratified = lastRatified(before.records, before.end);
  const commit = await repository.commit(record.commit);
  return [
    ...different("from", record.from, ratified.commit),
    ...different("tree", record.tree, ratified.tree),
    ...different("tree of the commit", record.tree, commit?.tree),
    ...(await orderDifferences(record.commit, before, repository)),
  ];
}

async function unratifiedDifferences(
  record: UnratifiedRecord,
  before: Before,
  evidence: Evidence | undefined,
  repository: GitRepository,
): Promise<string[]> {
  const ratified = lastRatified(before.records, before.end);
  const commit = await repository.commit(record.commit);
  const found = [
    ...different("from", record.from, ratified.commit),
    ...different("tree of the commit", record.tree, commit?.tree),
    ...different("parents", record.parents, commit?.parents ?? []),
    ...(record.tree === ratified.tree ? ["it has the tree that was in force: there was nothing to ratify"] : []),
    ...(await orderDifferences(record.commit, before, repository)),
  ];
  if (!record.evidence) return found;
  if (!evidence) return [...found, `its evidence ${record.evidence} is not there`];
  found.push(
    ...different("evidence", record.evidence, evidenceDigest(evidence)),
    ...different("proposal", record.proposal, evidence.proposal.id),
    ...different("tree that was judged", evidence.candidate.tree, record.tree),
  );
  if (record.code !== "NotPassed") return found;
  const verdict = evaluate(await snapshotOf(evidence, before, repository), record.at);
  const passes = verdict.state === "passed" ? ["what was merged had passed"] : [];
  const codes = verdict.reasons.map(({ code }) => code);
  return [...found, ...passes, ...different("reasons", record.reasons ?? [], codes)];
}

async function verdictDifferences(
  record: VerdictRecord,
  before: Before,
  evidence: Evidence,
  repository: GitRepository,
): Promise<string[]> {
  const { openedAt } = evidence.proposal;
  const snapshot = await snapshotOf(evidence, before, repository);
  const verdict = evaluate(snapshot, record.at);
  const { kind, at, merge } = record;
  const again = verdictRecord({
    ...{ kind, at, evidence, verdict, plan: snapshot.proposal.plan },
    ...(merge && { merge }),
  });
  return [
    ...different("current", evidence.current, lastRatified(before.records, before.end).commit),
    ...different("opened", openedAt, openedBefore(record, before) ?? openedAt),
    ...different("opening", evidence.opening, ratifiedAt(before.records, openedAt, before.end).commit),
    ...different("state", expectedState(kind), kind === "closed" ? undefined : verdict.state),
    ...recordDifferences(record, again),
    ...kindDifferences(record),
    ...(merge ? await mergeDifferences(record, evidence, before, repository) : []),
  ];
}

/** The log's word on when a proposal was opened, where it has one. */
function openedBefore({ proposal }: VerdictRecord, { records, end }: Before): number | undefined {
  for (const { record, index } of records) {
    if (index >= end) return undefined;
    if (record.kind === "opened" && record.proposal === proposal) return record.openedAt;
  }
  return undefined;
}

/** Only a merge ratifies, and an emergency is never merged: else one could be written down in the place of the other. */
function kindDifferences({ kind, merge, isEmergency }: VerdictRecord): string[] {
  const merges = merge ? "merge" : "no merge";
  const procedure = isEmergency ? "emergency" : "ordinary";
  const isWrong =
    (merge !== undefined) !== (kind === "ratified") ||
    (kind === "ratified" && isEmergency) ||
    (kind === "emergency" && !isEmergency);
  return isWrong ? [`kind is ${kind}, of an ${procedure} proposal with ${merges}`] : [];
}

async function mergeDifferences(
  { merge, head }: VerdictRecord,
  evidence: Evidence,
  before: Before,
  repository: GitRepository,
): Promise<string[]> {
  if (!merge) return [];
  const commit = await repository.commit(merge.commit);
  const recomputed = await repository.mergeTree(merge.base, head);
  return [
    ...different("tree that was judged", evidence.candidate.tree, merge.tree),
    ...(evidence.merged ? [] : ["its evidence does not say when it was merged"]),
    // What lies below was judged before, commit after commit.
    ...different("base", merge.base, cursorOf(before.records, before.end)),
    ...different("tree of the commit", merge.tree, commit?.tree),
    ...different("parents", merge.parents, commit?.parents ?? []),
    ...different("recomputed tree", merge.tree, recomputed.ok ? recomputed.tree : "conflicts"),
    ...(await orderDifferences(merge.commit, before, repository)),
  ];
}

/** The commits of the branch are judged by first parent, one after the other. */
async function orderDifferences(commit: string, before: Before, repository: GitRepository): Promise<string[]> {
  const cursor = cursorOf(before.records, before.end);
  const steps = await repository.firstParents(cursor, commit);
  return steps && steps.length > 0 ? [] : [`${commit} does not follow ${cursor}, which was judged before it`];
}

function snapshotOf(evidence: Evidence, before: Before, repository: GitRepository) {
  return snapshotFrom(evidence, {
    repository,
    ratified: ratifiedCommits(before.records, before.end).map(({ commit }) => commit),
  });
}

function expectedState(kind: VerdictRecord["kind"]): string | undefined {
  if (kind === "closed") return undefined;
  return kind === "ratified" || kind === "emergency" ? "passed" : kind;
}

function recordDifferences(record: VerdictRecord, again: VerdictRecord): string[] {
  const written = record as unknown as JsonObject;
  const recomputed = again as unknown as JsonObject;
  const names = new Set([...Object.keys(written), ...Object.keys(recomputed)]);
  names.delete("previous");
  return [...names].flatMap((name) => different(name, written[name], recomputed[name]));
}
