/** Why a log is not believed, or cannot be written. The index names the record at which it was found, from 0. */
export type LogErrorCode =
  /** There is none at this ref. */
  | "missing"
  /** There is one already; a second genesis would be another log. */
  | "exists"
  /** What was to be appended is no record, or its evidence is not what it names. */
  | "refused"
  /** Another process wrote to the log meanwhile: open it again. */
  | "busy"
  /** A record, or what is signed over it, is another than it was. */
  | "rewritten"
  /** It ends before something that is known to have been in it. */
  | "truncated"
  /** Two different continuations of one log, both signed. */
  | "forked"
  /** An object is missing, or holds something else than its name or form says. */
  | "damaged"
  /** It begins with another record than the one that is pinned, or has another name. */
  | "wrong-genesis"
  /** Signed by nobody who is known to sign it. */
  | "wrong-key";

/** What somebody signed and should not have: enough to prove it to anybody. */
export interface LogEvidence {
  /** Signed checkpoints, as notes. */
  readonly ours: string;
  readonly theirs: string;
}

export interface LogErrorDetails {
  readonly index?: number | undefined;
  readonly evidence?: LogEvidence;
  readonly cause?: unknown;
}

export class LogError extends Error {
  override readonly name = "LogError";
  readonly code: LogErrorCode;
  readonly index: number | undefined;
  readonly evidence: LogEvidence | undefined;
  /** Whether trying again can help. */
  readonly isTransient: boolean;

  /** `message`: a sentence without the name of the record, which is put before it. */
  constructor(code: LogErrorCode, message: string, { index, evidence, cause }: LogErrorDetails = {}) {
    super(index === undefined ? message : `record ${index}: ${message}`, { cause });
    this.code = code;
    this.index = index;
    this.evidence = evidence;
    this.isTransient = code === "busy";
  }
}
