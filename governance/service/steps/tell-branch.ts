/**
 * Says on the commits of the policy branch what became of them, and offers the way back from what is not ratified. Saying the same
 * again does nothing, so the head is told on every pass: a crash between the record and its telling is made good by the next one.
 */
import type { Oid } from "../../git/repository.ts";
import type { LoggedRecord } from "../../log/decision-log.ts";
import type { UnratifiedRecord } from "../../log/record.ts";
import { judgedCommit } from "../../verification/cursor.ts";
import { lastRatified } from "../../verification/ratified.ts";
import { treeProblem } from "../../verification/sentences.ts";
import type { Governance } from "../governance.ts";

export async function tellBranch(
  governance: Governance,
  head: Oid,
  judged: readonly LoggedRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { log } = governance;
  const ofHead = log.records.findLast(({ record }) => judgedCommit(record) === head);
  for (const { record } of new Set([...judged, ...(ofHead ? [ofHead] : [])])) {
    if (record.kind === "unratified") await tellUnratified(governance, record, head, signal);
    const commit = judgedCommit(record);
    if (commit === undefined || (record.kind !== "ratified" && record.kind !== "restored")) continue;
    const title = record.kind === "ratified" ? "ratified by a vote" : "the same as what is ratified";
    await governance.forge.reportCommit({ commit, state: "success", title, summary: title }, signal);
  }
}

async function tellUnratified(
  { forge, repository, log }: Governance,
  { code, commit, at }: UnratifiedRecord,
  head: Oid,
  signal: AbortSignal,
): Promise<void> {
  const ratified = lastRatified(log.records);
  const summary = treeProblem(code, commit, ratified.commit);
  await forge.reportCommit({ commit, state: "failure", title: "not ratified", summary }, signal);
  if (head !== commit) return;
  const title = `Go back to what is ratified (${ratified.commit.slice(0, 12)})`;
  // The same commit every time, since nothing in it depends on when it is made.
  const message = `${title}\n\n${summary}\n`;
  const revert = await repository.writeCommit({ tree: ratified.tree, parents: [head], message, at }, { signal });
  await forge.offerRevert({ head, revert, title, body: summary }, signal);
}
