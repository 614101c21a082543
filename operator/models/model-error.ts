/**
 * What can go wrong between a reference in a spec and bytes that may be trusted. Callers switch on `code` for what to
 * tell a person and on `kind` for what to do next. Messages are sentences for a condition: printable, with numbers,
 * with the next step.
 */

const kinds = {
  /** Not a reference that Ollama takes; the message names the part. */
  InvalidReference: "terminal",
  /** A model that Ollama runs on somebody else's machines: prompts would leave the community's. */
  LeavesTheMachine: "terminal",
  /** The registry has no such model or tag. */
  NotFound: "terminal",
  /** The registry wants to know who asks. */
  Denied: "terminal",
  /** The registry understood and said no, in its own words. */
  Refused: "terminal",
  /** Something else lies there: a container image, an adapter without a model. */
  NotAModel: "terminal",
  /** An answer or a header beyond a limit. */
  TooLarge: "terminal",
  /** The address policy refuses the place, or a place it redirects to. */
  AddressRefused: "terminal",
  /** Not a GGUF file, or one that contradicts itself. */
  BadGguf: "terminal",
  /** No connection, no answer in time, or a server's own error. */
  Unreachable: "transient",
  /** Asked too often; `retryAfterMs` says how long to wait where the server does. */
  TooManyRequests: "transient",
  /** An answer that makes no sense: a login page, a cut document, a digest that does not match. */
  BadAnswer: "transient",
  /**
   * The file has another SHA-256 than was pinned: tampered with, replaced or damaged on its way. An honest server heals
   * it.
   */
  DigestMismatch: "transient",
  /** The file has another size than was pinned. */
  SizeMismatch: "transient",
} as const;

export type ModelErrorCode = keyof typeof kinds;

export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly kind: "transient" | "terminal";
  /** Set with `TooManyRequests`, and with `Unreachable` where the server said when it is back. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ModelErrorCode,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.name = "ModelError";
    this.code = code;
    this.kind = kinds[code];
    this.retryAfterMs = options.retryAfterMs;
  }
}
