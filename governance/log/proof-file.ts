/**
 * A proof that a record is in the log, as one file that is checked without network and without the log (C2SP tlog-proof): the record
 * itself as the extra data, its index, the hashes from its leaf to the root, and the signed checkpoint. What it proves is as good
 * as the keys that whoever checks it has from elsewhere.
 */
import { type JsonObject, parseCanonicalJson } from "../../operator/tlog/canonical-json.ts";
import { parseSize } from "../../operator/tlog/checkpoint.ts";
import { type Hash, isHash, leafHash } from "../../operator/tlog/merkle/hash.ts";
import { verifyInclusion } from "../../operator/tlog/merkle/inclusion.ts";
import { fromBase64, toBase64 } from "../../operator/tlog/note/base64.ts";
import { NoteError } from "../../operator/tlog/note/note-error.ts";
import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from "../../operator/tlog/signed-checkpoint.ts";
import type { DecisionRecord } from "./record.ts";
import { parseRecord, recordBytesMax } from "./record-schema.ts";

export interface LogProof {
  readonly index: number;
  /** Exact bytes of the record. */
  readonly record: Uint8Array;
  /** From the leaf upwards. */
  readonly hashes: readonly Hash[];
  /** Signed note. */
  readonly checkpoint: string;
}

export interface CheckedProof extends OpenedCheckpoint {
  readonly index: number;
  readonly record: DecisionRecord;
}

export function formatProof({ index, record, hashes, checkpoint }: LogProof): string {
  const lines = [header, `extra ${toBase64(record)}`, `index ${index}`, ...hashes.map(toBase64)];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** Throws a `NoteError` with the code `malformed`. Nothing in it is verified. */
export function parseProof(text: string): LogProof {
  if (text.length > proofCharsMax) throw malformed(`has at most ${proofCharsMax} characters`);
  const end = text.indexOf("\n\n");
  const [first, extra, indexLine, ...lines] = text.slice(0, Math.max(end, 0)).split("\n");
  if (end < 0 || first !== header) throw malformed(`begins with ${header} and has an empty line before the checkpoint`);
  const record = extra?.startsWith("extra ") ? fromBase64(extra.slice("extra ".length)) : undefined;
  const index = indexLine?.startsWith("index ") ? parseSize(indexLine.slice("index ".length)) : undefined;
  const hashes = lines.map(fromBase64);
  if (!record) throw malformed("has its record on the second line: extra <base64>");
  if (index === undefined) throw malformed("has its index on the third line: index <number>");
  if (hashes.length > hashesMax || !hashes.every(isHash))
    throw malformed("has the base64 of 32 bytes on each line after it");
  return { index, record, hashes, checkpoint: text.slice(end + 2) };
}

/**
 * Throws a `NoteError` for a proof in another form or with other signatures than the trusted ones, a `ProofError` where the record
 * is not where it says, a `SyntaxError` or `TypeError` for a record that is none.
 */
export function checkProof(text: string, trust: CheckpointTrust): CheckedProof {
  const { index, record, hashes, checkpoint } = parseProof(text);
  const opened = openCheckpoint(checkpoint, trust);
  const { size, root } = opened.checkpoint;
  verifyInclusion({ leafHash: leafHash(record), index, size, root, proof: hashes });
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const { previous: _, ...fields } = parseCanonicalJson(utf8.decode(record)) as JsonObject;
  return { ...opened, index, record: parseRecord(fields) };
}

function malformed(what: string): NoteError {
  return new NoteError("malformed", `a proof ${what}`);
}

const header = "c2sp.org/tlog-proof@v1";
/** One for each level. */
const hashesMax = 63;
const proofCharsMax = 1_100_000 + Math.ceil((recordBytesMax * 4) / 3);
