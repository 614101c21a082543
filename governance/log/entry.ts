/**
 * One record as git keeps it: a signed commit on top of the one before, with a tree of two or three files.
 *
 * ```
 * checkpoint     signed note over all records up to this one
 * evidence.json  what a verdict was made from, where there is one
 * record.json    the record, its exact bytes
 * ```
 */
import { type ObjectFormat, objectFormat } from "../git/objects/format.ts";
import type { Oid } from "../git/repository.ts";
import type { DecisionRecord } from "./record.ts";

export const recordFile = "record.json";
export const evidenceFile = "evidence.json";
export const checkpointFile = "checkpoint";

/** A proposal with thousands of ballots. */
export const evidenceBytesMax = 16 * 1024 * 1024;

export interface LogEntry {
  readonly index: number;
  readonly commit: Oid;
  /** Exact bytes. */
  readonly record: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly evidence?: { readonly oid: Oid; readonly bytes: Uint8Array };
}

export interface EntryFiles {
  readonly record: Oid;
  readonly checkpoint: Oid;
  readonly evidence?: Oid;
}

/**
 * Of the tree of an entry, which is one of two rows of bytes but for the ids in it; undefined where it holds anything else. `format`:
 * of the repository.
 */
export function entryFiles(tree: Buffer, { hexDigits }: ObjectFormat): EntryFiles | undefined {
  const [checkpoint, ...others] = idsIn(tree, [checkpointName, recordName], hexDigits / 2) ?? [];
  const [record] = others;
  if (checkpoint !== undefined && record !== undefined) return { checkpoint, record };
  const [first, evidence, last] = idsIn(tree, [checkpointName, evidenceName, recordName], hexDigits / 2) ?? [];
  if (first === undefined || evidence === undefined || last === undefined) return undefined;
  return { checkpoint: first, evidence, record: last };
}

function idsIn(tree: Buffer, names: readonly Buffer[], idBytes: number): Oid[] | undefined {
  const ids: Oid[] = [];
  let at = 0;
  for (const name of names) {
    const from = at + name.length;
    if (tree.compare(name, 0, name.length, at, from) !== 0) return undefined;
    at = from + idBytes;
    ids.push(tree.toString("hex", from, at));
  }
  return at === tree.length ? ids : undefined;
}

/** For people who look at the log with git. */
export function entryMessage(index: number, { kind }: DecisionRecord): string {
  return `record ${index}: ${kind}\n`;
}

/** Of the repository that has such ids. */
export function formatOf(oid: Oid): ObjectFormat {
  const format = objectFormat(oid.length === 40 ? "sha1" : "sha256");
  if (!format) throw new TypeError("git's two kinds of ids are known");
  return format;
}

const [checkpointName, evidenceName, recordName] = [checkpointFile, evidenceFile, recordFile].map((name) =>
  Buffer.from(`100644 ${name}\0`, "latin1"),
) as [Buffer, Buffer, Buffer];
