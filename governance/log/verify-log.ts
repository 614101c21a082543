/** Reads a whole log from git and believes nothing: the id of its last commit and what is pinned stand for all of it. */
import { listed } from "../../operator/text/list.ts";
import type { Call, GitRepository, Oid } from "../git/repository.ts";
import { signatureOf } from "../signatures/signature-of.ts";
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
    for (const entry of entries) {
      if (entry.index % entriesPerTurn === 0) await others();
      log.take(entry);
    }
  }
  log.assertWhole();
  await assertCommitSigned(repository, tip, log, trust, call);
  return log;
}

/** Entries after which other work may go on: what git sends of the next ones, and whoever asks how this process is. */
const entriesPerTurn = 200;

function others(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** One signature is enough: the commit names all those before it. */
async function assertCommitSigned(
  repository: GitRepository,
  tip: Oid,
  { keys, size }: CheckedLog,
  trust: LogTrust,
  call: Call,
): Promise<void> {
  const index = size - 1;
  const commit = await repository.commit(tip, call);
  const signature = commit && signatureOf(commit);
  if (!signature?.isValid) throw new LogError("wrong-key", "the SSH signature of its commit does not hold", { index });
  const named = keys.signersAt(index);
  const expected = named.length > 0 || trust.signer === undefined ? named : [trust.signer];
  if (expected.length === 0 || expected.includes(signature.key)) return;
  throw new LogError("wrong-key", `its commit is signed by ${signature.key}, not by ${listed(expected)}`, { index });
}
