/** The checkpoint with its cosignatures, on a ref of its own: it may come long after its record, and grows by itself. */
import type { Clock } from "../../operator/clock/clock.ts";
import { sameHash } from "../../operator/tlog/merkle/hash.ts";
import { NoteError } from "../../operator/tlog/note/note-error.ts";
import { noteVerifier } from "../../operator/tlog/note/verify.ts";
import { openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import type { Call, GitRepository } from "../git/repository.ts";
import type { CheckedLog } from "./checked-log.ts";
import { checkpointFile } from "./entry.ts";
import { LogError } from "./log-error.ts";

export const checkpointRef = "refs/commonhold/checkpoint";

/** Replaces the one before. */
export async function keepCosigned(
  repository: GitRepository,
  note: string,
  clock: Clock,
  call: Call = {},
): Promise<void> {
  const tree = await repository.writeTree(undefined, { [checkpointFile]: Buffer.from(note, "utf8") }, call);
  const at = clock.now();
  const commit = await repository.writeCommit({ tree, parents: [], message: "cosigned checkpoint\n", at }, call);
  await repository.updateRef(checkpointRef, commit, undefined, call);
}

/** Undefined where there is none. Throws a `LogError` where it is none of this log: then the log lost or changed records. */
export async function cosignedOf(
  repository: GitRepository,
  log: CheckedLog,
  call: Call = {},
  ref: string = checkpointRef,
): Promise<string | undefined> {
  const commit = await repository.resolve(ref, call);
  const bytes = commit && (await repository.file(commit, checkpointFile, call));
  if (!bytes) return undefined;
  const note = Buffer.from(bytes).toString("utf8");
  assertPartOf(note, log, ref);
  return note;
}

/** `where`: for the sentence. */
export function assertPartOf(note: string, log: CheckedLog, where: string): void {
  const { origin } = log.genesis;
  const verifiers = log.keys.terms.map(({ key }) => noteVerifier(key));
  try {
    const { checkpoint } = openCheckpoint(note, { origin, log: verifiers, witnesses: [] });
    const { size, root } = checkpoint;
    const evidence = { ours: log.note, theirs: note };
    if (size > log.size) {
      const message = `is missing: ${where} holds a checkpoint over ${size} records that the log signed`;
      throw new LogError("truncated", message, { index: log.size, evidence });
    }
    if (sameHash(log.tree.root(size), root)) return;
    const message = `it or one before it is not what it was when the checkpoint in ${where} was signed`;
    throw new LogError("rewritten", message, { index: size - 1, evidence });
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    throw new LogError("damaged", `${where} holds no checkpoint of this log: ${cause.message}`, { cause });
  }
}
