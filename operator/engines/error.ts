/**
 * What can go wrong when a host is asked for something, in words that do not depend on the engine it runs. A controller
 * switches on `code` for what to tell a person and on `kind` for what to do next; it never reads the message.
 */

/** What the caller does next: wait and try again · give up until somebody changes something · gather anew and plan again. */
export type EngineErrorKind = "transient" | "terminal" | "conflict";

const kinds = {
  /** No connection: refused, reset, no route, name unknown, TLS failed. */
  Unreachable: "transient",
  /** Connected, but no answer within the bound of this call. */
  Timeout: "transient",
  /** The answer began and then no byte came for the idle bound, or a pull made no progress for its bound. */
  Stalled: "transient",
  /** The host said that it has too much to do (503), or that another load is in its way. */
  Busy: "transient",
  /** The host answered with something that is not its protocol: invalid JSON, wrong types, too long, cut off. */
  BadResponse: "transient",
  /** The host failed in a way that has no better name here; its words are in `hostSaid`. */
  HostFailed: "transient",
  /** The host has not enough memory to load the model now. */
  OutOfMemory: "transient",
  /** The host's disk is full. */
  DiskFull: "transient",
  /** Bytes that came did not have the sha256 that was asked for; the host has thrown them away. */
  DigestMismatch: "transient",
  /** The host could not reach the registry, or the registry failed. */
  RegistryUnreachable: "transient",
  /** The registry has no such model or tag. */
  RegistryNotFound: "terminal",
  /** The registry wants a login that the host does not have. */
  RegistryDenied: "terminal",
  /** The host has no model of this name: somebody removed it since it was last listed. */
  ModelNotFound: "conflict",
  /** The host lacks a blob that a model is to be made of. */
  BlobNotFound: "conflict",
  /** The model cannot do what was asked: unsupported architecture, unreadable file, no such capability. */
  NotSupported: "terminal",
  /** The host's version is older than what the model or this operator needs. */
  TooOld: "terminal",
  /** The host refused who we are: bearer or client certificate missing or wrong. */
  Denied: "terminal",
  /** TLS: the certificate does not chain to the CA, names another host or has expired, or the key is not the pinned one. */
  Untrusted: "terminal",
  /** The request itself was refused as malformed: for example a name that no registry could hold. */
  InvalidRequest: "terminal",
} as const satisfies Record<string, EngineErrorKind>;

export type EngineErrorCode = keyof typeof kinds;

export interface EngineErrorDetails {
  /** The host's own words, printable and at most `hostSaidCharsMax` characters; absent where it said nothing. */
  readonly hostSaid?: string;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** Every refusal and failure of an engine. An abort is not one: it rejects with the signal's own reason. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  readonly kind: EngineErrorKind;
  readonly hostSaid: string | undefined;
  readonly status: number | undefined;

  constructor(code: EngineErrorCode, message: string, details: EngineErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.kind = kinds[code];
    this.hostSaid = details.hostSaid;
    this.status = details.status;
  }
}

export function isEngineError(error: unknown, ...codes: EngineErrorCode[]): error is EngineError {
  return error instanceof EngineError && (codes.length === 0 || codes.includes(error.code));
}

export const engineErrorCodes = Object.keys(kinds) as readonly EngineErrorCode[];
