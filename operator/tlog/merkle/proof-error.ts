/** Why a proof proves nothing. Thrown, not returned: a caller who forgets to look must not go on as if it had proved. */
export type ProofErrorCode =
  /** A size or an index that is none, or that does not fit the other. */
  | "size"
  /** Something that is not 32 bytes where a hash should be. */
  | "hash"
  /** More or fewer hashes than a proof between these two has. */
  | "length"
  /** The proof leads to another root than the one that is to be proved. */
  | "root";

export class ProofError extends Error {
  override readonly name = "ProofError";
  readonly code: ProofErrorCode;

  constructor(code: ProofErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
