/**
 * What can go wrong between us and the API server, as types.
 *
 * A message is made of the verb, the path and `Status.message`, made printable and cut to a bound. Headers and raw bodies
 * never enter an error: they may hold tokens, and errors are logged.
 */

/** What the server (or the way to it) said. `status` is undefined when no HTTP answer came. */
export class KubeError extends Error {
  override readonly name: string = "KubeError";
  /** The HTTP status; undefined when the connection failed, timed out or broke. */
  readonly status: number | undefined;
  /** `Status.reason` ("NotFound", "Conflict", …) or one of ours ("ConnectionFailed", "Timeout", "BrokenAnswer", …). */
  readonly reason: string;
  /** How long the server asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** `Status.details.causes`: which field was refused and why. */
  readonly causes: readonly StatusCause[];

  constructor(message: string, fields: KubeErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.status = fields.status;
    this.reason = fields.reason;
    this.retryAfterMs = fields.retryAfterMs;
    this.causes = fields.causes ?? [];
  }
}

export interface KubeErrorFields {
  status?: number | undefined;
  reason: string;
  retryAfterMs?: number | undefined;
  causes?: readonly StatusCause[] | undefined;
  cause?: unknown;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** A write was held back because the right to write had ended (see `KubeClient.withFence`). Nothing was sent. */
export class FencedError extends KubeError {
  override readonly name = "FencedError";

  constructor(message = "the write was held back: this process no longer leads", cause?: unknown) {
    super(message, { reason: "Fenced", cause });
  }
}

/** Trying again changes nothing until the object does: thrown by a reconciler, and never retried by the controller. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
  }
}

const terminalStatuses: ReadonlySet<number> = new Set([400, 405, 406, 413, 415, 422]);
const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isKubeError(error: unknown): error is KubeError {
  return error instanceof KubeError;
}

/** The same call may succeed a little later: no answer, overload, a broken server. */
export function isTransient(error: unknown): boolean {
  if (!isKubeError(error) || error instanceof FencedError) return false;
  return error.status === undefined || transientStatuses.has(error.status);
}

/** The same call will be refused again until its content changes. */
export function isTerminal(error: unknown): boolean {
  if (error instanceof TerminalError) return true;
  return isKubeError(error) && error.status !== undefined && terminalStatuses.has(error.status);
}

/** No HTTP answer was had at all: connection refused, reset, timed out, cut. */
export function isConnectionFailure(error: unknown): boolean {
  return isKubeError(error) && error.status === undefined && !(error instanceof FencedError);
}

/** Somebody else wrote first (409), which includes a precondition that no longer holds and a create of what exists. */
export function isConflict(error: unknown): boolean {
  return isKubeError(error) && error.status === 409;
}

export function isAlreadyExists(error: unknown): boolean {
  return isKubeError(error) && error.reason === "AlreadyExists";
}

export function isNotFound(error: unknown): boolean {
  return isKubeError(error) && error.status === 404;
}

/** The version asked for is no longer kept (410): list again. */
export function isGone(error: unknown): boolean {
  return isKubeError(error) && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

export function isUnauthorized(error: unknown): boolean {
  return isKubeError(error) && error.status === 401;
}

export function isForbidden(error: unknown): boolean {
  return isKubeError(error) && error.status === 403;
}

/** The schema, a CEL rule or a field check refused the object (422). */
export function isInvalid(error: unknown): boolean {
  return isKubeError(error) && error.status === 422;
}

export function isTooManyRequests(error: unknown): boolean {
  return isKubeError(error) && error.status === 429;
}

/** The server does not know the version yet that we ask from: its data went back in time. List again. */
export function isVersionTooLarge(error: unknown): boolean {
  return isKubeError(error) && error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}
