/** Reads a whole log from git and believes nothing: the id of its last commit and what is pinned stand for all of it. */
import type { Call, GitRepository, Oid } from "../git/repository.ts";
import { CheckedLog } from "./checked-log.ts";
import { historyOf } from "./history.ts";
import { LogError } from "./log-error.ts";
import { readEntries } from "./read-entries.ts";
import type { LogTrust } from "./trust.ts";

/** Throws a `LogError` that says what is wrong with which record. */
export async function verifyLog(
  repository: GitRepository,
  tip: Oid,
  trust: LogTrust = {},
  call: Call = {},
): Promise<CheckedLog> {
  const log = new CheckedLog(trust);
  const commits = await historyOf(repository, tip, call);
  for await (const entries of readEntries(repository, commits, call)) {
    for (const entry of entries) log.take(entry);
  }
  log.assertWhole();
  await assertCommitSigned(repository, tip, log, trust, call);
  return log;
}

async function assertCommitSigned(
  repository: GitRepository,
  tip: Oid,
  log: CheckedLog,
  trust: LogTrust,
  call: Call,
): Promise<void> {
  const commit = await repository.commit(tip, call);
  throw new LogError("wrong-key", "its commit is not signed", { index: log.size - 1 });
}
