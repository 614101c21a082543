/** Why a signed note says nothing. */
export type NoteErrorCode =
  /** Not in the form of a signed note, a checkpoint or a request. */
  | "malformed"
  /** A key, or a name of one, that is none. */
  | "key"
  /** Two different keys are given under one name and id. */
  | "ambiguous"
  /** A known key is named and its signature is wrong. */
  | "bad-signature"
  /** None of the signatures is of a known key. */
  | "unverified"
  /** Signed as it should be, about another log. */
  | "origin";

export class NoteError extends Error {
  override readonly name = "NoteError";
  readonly code: NoteErrorCode;

  constructor(code: NoteErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
