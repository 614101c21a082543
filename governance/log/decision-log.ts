/** The decision log as the rest of governance sees it: it can be read and it can grow. */
import type { Evidence } from "../evidence/evidence.ts";
import type { DecisionRecord } from "./record.ts";

export interface LoggedRecord {
  readonly index: number;
  readonly record: DecisionRecord;
  /** `sha256:…` of its bytes. */
  readonly digest: string;
}

export interface DecisionLog {
  /** All records, oldest first; verified when the log was opened. */
  readonly records: readonly LoggedRecord[];
  /** The latest signed checkpoint, as a note. */
  readonly checkpoint: string;
  /**
   * Durable before it resolves: evidence first, then one signed commit on the log's ref, then a checkpoint over all records
   * so far. Only one append runs at a time.
   */
  append(record: DecisionRecord, options?: AppendOptions): Promise<LoggedRecord>;
  /** Stored evidence by its digest; undefined where it is not there, an error where it is not what the digest says. */
  evidence(digest: string): Promise<Evidence | undefined>;
}

export interface AppendOptions {
  /** The record names its digest (`evidenceDigest`). */
  readonly evidence?: Evidence;
  readonly signal?: AbortSignal | undefined;
}
