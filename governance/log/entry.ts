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
import type { FolderEntry } from "../git/objects/tree.ts";
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

/** Of the tree of an entry; undefined where it holds anything else. */
export function entryFiles(entries: readonly FolderEntry[]): EntryFiles | undefined {
  if (entries.some(({ mode }) => mode !== plainFile)) return undefined;
  const names = entries.map(({ name }) => name).join(" ");
  const [checkpoint, second, third] = entries.map(({ oid }) => oid);
  if (checkpoint === undefined || second === undefined) return undefined;
  if (names === `${checkpointFile} ${recordFile}`) return { checkpoint, record: second };
  if (names !== `${checkpointFile} ${evidenceFile} ${recordFile}` || third === undefined) return undefined;
  return { checkpoint, evidence: second, record: third };
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

const plainFile = "100644";
