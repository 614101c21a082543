/**
 * Writes one record. Objects first, which nobody sees; then the ref, which moves from the record before to this one or not at
 * all; then the log in memory. Ended anywhere, the log has the record whole or does not have it.
 */

import type { Clock } from "../../operator/clock/clock.ts";
import { canonicalJson, type JsonValue } from "../../operator/tlog/canonical-json.ts";
import type { PrivateNoteKey } from "../../operator/tlog/note/key.ts";
import { signCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { oidOf } from "../git/objects/format.ts";
import { type Call, GitError, type GitRepository, type Oid, type Signer } from "../git/repository.ts";
import type { CheckedLog } from "./checked-log.ts";
import type { LoggedRecord } from "./decision-log.ts";
import { checkpointFile, entryMessage, evidenceFile, formatOf, recordFile } from "./entry.ts";
import { LogError } from "./log-error.ts";
import type { DecisionRecord } from "./record.ts";

export interface LogWriterOptions {
  readonly repository: GitRepository;
  readonly ref: string;
  readonly clock: Clock;
  readonly log: CheckedLog;
}

export interface NewEntry extends Call {
  readonly record: DecisionRecord;
  readonly evidence?: Evidence;
  /** Name of the log. */
  readonly origin: string;
  /** Sign the checkpoint. */
  readonly keys: readonly PrivateNoteKey[];
  /** Signs the commit. */
  readonly signer: Signer;
}

/** Durable when it resolves. Throws a `LogError` (`busy`) where somebody else moved the ref: then nothing was written. */
export async function writeEntry(
  { repository, ref, clock, log }: LogWriterOptions,
  { record, evidence, origin, keys, signer, signal }: NewEntry,
): Promise<LoggedRecord> {
  const { linked, head } = log.draft(record);
  const checkpoint = Buffer.from(signCheckpoint({ origin, ...head, extensions: [] }, keys), "utf8");
  const stored = evidence && Buffer.from(canonicalJson(evidence as unknown as JsonValue), "utf8");
  const files = {
    [recordFile]: linked.bytes,
    [checkpointFile]: checkpoint,
    ...(stored && { [evidenceFile]: stored }),
  };
  const tree = await repository.writeTree(undefined, files, { signal });
  const before = log.commits.at(-1);
  const commit = await repository.writeCommit(
    {
      tree,
      parents: before === undefined ? [] : [before],
      message: entryMessage(linked.index, record),
      at: clock.now(),
      signer,
    },
    { signal },
  );
  await moveRef(repository, ref, { from: before, to: commit, index: linked.index }, { signal });
  return log.take({
    ...{ index: linked.index, commit, record: linked.bytes, checkpoint },
    ...(stored && { evidence: { oid: oidOf("blob", stored, formatOf(commit)), bytes: stored } }),
  });
}

interface Move {
  readonly from: Oid | undefined;
  readonly to: Oid;
  readonly index: number;
}

/** A failure says nothing about where the ref is now, so it is looked at. */
async function moveRef(repository: GitRepository, ref: string, { from, to, index }: Move, call: Call): Promise<void> {
  try {
    await repository.updateRef(ref, to, from ?? null, call);
  } catch (cause) {
    const now = await repository.resolve(ref);
    if (now === to) return;
    if (now === from && !(cause instanceof GitError && cause.code === "conflict")) throw cause;
    throw new LogError("busy", `was not written: ${ref} was moved by somebody else; open the log again`, {
      index,
      cause,
    });
  }
}
