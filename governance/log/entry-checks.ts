/** What must hold of each entry of a log. Every check throws a `LogError` that names the record. */
import type { TreeHead } from "../../operator/tlog/checkpoint.ts";
import { digestOf } from "../../operator/tlog/digest.ts";
import { toBase64 } from "../../operator/tlog/note/base64.ts";
import type { PublicNoteKey } from "../../operator/tlog/note/key.ts";
import { NoteError } from "../../operator/tlog/note/note-error.ts";
import { noteText, parseNote } from "../../operator/tlog/note/signed-note.ts";
import { noteVerifier, verifyNote } from "../../operator/tlog/note/verify.ts";
import { ChainError, type LinkedRecord, type RecordChain } from "../../operator/tlog/record-chain.ts";
import type { LogEntry } from "./entry.ts";
import { LogError } from "./log-error.ts";
import type { DecisionRecord } from "./record.ts";
import { parseRecord } from "./record-schema.ts";

/** Follows the chain by one record. */
export function linkedRecord(chain: RecordChain, { record, index }: LogEntry): LinkedRecord {
  try {
    return chain.follow(record);
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    if (cause.code === "broken-link") {
      throw new LogError("rewritten", "names another record as the one before it", { index, cause });
    }
    throw new LogError("damaged", "is no JSON object in canonical form", { index, cause });
  }
}

export function decisionRecord({ record, index }: LinkedRecord): DecisionRecord {
  const { previous: _, ...fields } = record;
  try {
    return parseRecord(fields);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new LogError("damaged", `is not as a record is: ${cause.message}`, { index, cause });
  }
}

/** The note as text, over exactly this tree. Whose signatures are on it is asked by `assertSigned`. */
export function checkpointNote({ checkpoint, index }: LogEntry, origin: string, head: TreeHead): string {
  let note: string;
  try {
    note = noteText(checkpoint);
    // Nearly always; it is read part by part only to say what is wrong, or when its signatures are.
    if (note.startsWith(`${origin}\n${head.size}\n${toBase64(head.root)}\n\n— `)) return note;
    parseNote(note);
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    throw new LogError("damaged", "the checkpoint with it is no signed note", { index, cause });
  }
  throw new LogError("rewritten", "the checkpoint with it is not over the records up to it", { index });
}

/** By each of `keys`. */
export function assertSigned(note: string, keys: readonly PublicNoteKey[], index: number): void {
  for (const key of keys) {
    try {
      verifyNote(note, [noteVerifier(key)]);
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause;
      const message = `the checkpoint with it is not signed by the log's key ${key.name}: ${cause.message}`;
      throw new LogError("wrong-key", message, { index, cause });
    }
  }
}

/** The digest of the evidence that is stored with a record, which is the one that the record names. */
export function evidenceNamed({ evidence, index }: LogEntry, record: DecisionRecord): string | undefined {
  const named = "evidence" in record ? record.evidence : undefined;
  if (!evidence) return named;
  if (named === undefined) throw new LogError("damaged", "has evidence with it and names none", { index });
  const digest = digestOf(evidence.bytes);
  if (digest === named) return named;
  throw new LogError("rewritten", `the evidence with it is ${digest}, it names ${named}`, { index });
}
