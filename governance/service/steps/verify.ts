/** Judges every commit of the policy branch that was not judged yet, and writes down what each is. */

import { ForgeError, type ForgeProposal } from "../../forges/forge.ts";
import type { Oid } from "../../git/repository.ts";
import type { LoggedRecord } from "../../log/decision-log.ts";
import { haltOf, isOver } from "../../verification/cursor.ts";
import { lastRatified } from "../../verification/ratified.ts";
import { unratifiedSentence } from "../../verification/sentences.ts";
import { type Verification, verifyNext } from "../../verification/verify.ts";
import { append, recordTime } from "../append.ts";
import { suspendedNow } from "../emergencies-now.ts";
import type { Governance, Trouble } from "../governance.ts";

export interface Verified {
  readonly troubles: readonly Trouble[];
  /** What this call wrote down. */
  readonly judged: readonly LoggedRecord[];
  /** When to look again, ms. */
  readonly wakeAt?: number;
}

export async function verifyBranch(
  governance: Governance,
  head: Oid,
  proposals: readonly ForgeProposal[],
  now: number,
  signal: AbortSignal,
): Promise<Verified> {
  const { log, forge, repository } = governance;
  const claims = new Map<Oid, Promise<readonly ForgeProposal[]>>();
  const claimsOf = (commit: Oid): Promise<readonly ForgeProposal[]> => {
    const known = claims.get(commit) ?? claimed(commit);
    claims.set(commit, known);
    return known;
  };
  const claimed = async (commit: Oid): Promise<readonly ForgeProposal[]> => {
    const byForge = proposals.filter(({ mergeCommit }) => mergeCommit === commit);
    if (byForge.length > 0) return byForge;
    const id = await forge.mergeOf(commit, signal);
    const found = proposals.filter((proposal) => proposal.id === id);
    // What is decided is not listed any more; a commit that names it again is judged without it.
    if (id === undefined || found.length > 0 || isOver(log.records, id)) return found;
    // It exists and could not be read in this pass: that is no reason to say that nobody voted for the commit.
    throw new ForgeError("limited", `${id}, which merged ${commit}, could not be read in this pass; it is tried again`);
  };
  const judged: LoggedRecord[] = [];
  for (;;) {
    const at = recordTime(governance, now);
    const suspended = await suspendedNow(governance, at, signal);
    const found = await verifyNext(
      {
        ...{ repository, claimsOf, suspended, head },
        identity: governance.identity,
        records: log.records,
        journal: governance.journal,
        problemsOf: (before, after) => governance.policies.problemsOf(before, after, signal),
        now: at,
        settleMs: governance.limits.settleMs,
      },
      { signal },
    );
    if (found.state === "settling") return { troubles: [], judged, wakeAt: found.until };
    if (found.state === "rewritten") return halt(governance, found, at, signal);
    if (haltOf(log.records) === "HistoryRewritten") {
      await append(governance, { kind: "resumed", at, commit: head }, undefined, signal);
    }
    if (found.state === "done") return { troubles: await standingTroubles(governance, head), judged };
    judged.push(await append(governance, found.record, found.evidence, signal));
  }
}

/** Said once; from then on nothing of the branch is believed until it descends from what was judged again. */
async function halt(
  governance: Governance,
  { head, cursor }: Extract<Verification, { state: "rewritten" }>,
  at: number,
  signal: AbortSignal,
): Promise<Verified> {
  if (haltOf(governance.log.records) === undefined) {
    await append(governance, { kind: "halted", at, code: "HistoryRewritten", commit: head }, undefined, signal);
  }
  const sentence =
    `the policy branch is at ${head}, which does not descend from ${cursor}, the last commit that was judged: ` +
    "somebody rewrote it; push the branch back to where it was, everything stays as it is until then";
  return { troubles: [{ code: "HistoryRewritten", sentence, isTransient: false }], judged: [] };
}

/** While the branch differs from what is in force, that is a trouble until a revert or a vote ends it. */
async function standingTroubles({ log, repository }: Governance, head: Oid): Promise<Trouble[]> {
  const ratified = lastRatified(log.records);
  const commit = await repository.commit(head);
  if (!commit || commit.tree === ratified.tree) return [];
  const last = log.records.findLast(({ record }) => record.kind === "unratified")?.record;
  const code = last?.kind === "unratified" ? last.code : "NoProposal";
  return [{ code: "Unratified", sentence: unratifiedSentence(code, head, ratified.commit), isTransient: false }];
}
