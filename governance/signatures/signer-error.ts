export type SignerErrorCode =
  /** There is no such file. */
  | "missing"
  /** What is there cannot sign. */
  | "unusable"
  /** It should have signed and did not. */
  | "failed";

export class SignerError extends Error {
  override readonly name = "SignerError";
  readonly code: SignerErrorCode;

  constructor(code: SignerErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
