/**
 * Every refusal and failure that a client of the gateway can meet: code, HTTP status, type and sentence, in one table. The
 * protocols (`protocols/*`) map an error to their own wire form; `docs/reference/errors.md` is generated from this table and a
 * test compares both ways. A sentence says what is wrong, where, and what to do; its `{places}` are filled in by who throws.
 */
import { printable } from "../operator/text/printable.ts";

/** OpenAI's words for kinds of errors: https://platform.openai.com/docs/guides/error-codes */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "not_found_error"
  | "rate_limit_error"
  | "server_error";

interface ErrorEntry {
  readonly status: number;
  readonly type: ErrorType;
  readonly sentence: string;
}

export const errorTable = {
  malformed_http: {
    status: 400,
    type: "invalid_request_error",
    sentence: "The request is not valid HTTP: {problem}.",
  },
  request_timeout: {
    status: 408,
    type: "invalid_request_error",
    sentence: "The request did not arrive whole in time. Send headers and body without pauses.",
  },
  headers_too_large: {
    status: 431,
    type: "invalid_request_error",
    sentence: "The request's headers are larger than {bytesMax} bytes.",
  },
  body_too_large: {
    status: 413,
    type: "invalid_request_error",
    sentence: "The body is larger than {bytesMax} bytes. Send less context or smaller images.",
  },
  body_too_intricate: {
    status: 413,
    type: "invalid_request_error",
    sentence: "The body holds more than {valuesMax} lists, objects and members of them. Send less at once.",
  },
  body_incomplete: {
    status: 400,
    type: "invalid_request_error",
    sentence: "The body ended before the {expected} bytes that content-length promised.",
  },
  body_encoded: {
    status: 415,
    type: "invalid_request_error",
    sentence: "The content-encoding {encoding} is not accepted. Send the body without compression.",
  },
  body_not_utf8: { status: 400, type: "invalid_request_error", sentence: "The body is not UTF-8 text." },
  bad_json: {
    status: 400,
    type: "invalid_request_error",
    sentence: "The body is not JSON: {problem} at line {line}, column {column}.",
  },
  invalid_field: { status: 400, type: "invalid_request_error", sentence: "{path}: {problem}." },
  key_missing: {
    status: 401,
    type: "authentication_error",
    sentence:
      "No API key was sent. Send yours as `Authorization: Bearer ch_…` or `x-api-key: ch_…`; the ollama command signs with OLLAMA_AUTH=1.",
  },
  key_unknown: {
    status: 401,
    type: "authentication_error",
    sentence: "This API key is not known here: mistyped, revoked, or made for another community.",
  },
  key_expired: { status: 401, type: "authentication_error", sentence: "This API key expired at {expiresAt}." },
  signature_too_old: {
    status: 401,
    type: "authentication_error",
    sentence: "This request was signed more than {minutes} minutes away from now. Set the clock of your machine.",
  },
  member_suspended: {
    status: 403,
    type: "permission_error",
    sentence: "The member that this key belongs to is suspended.",
  },
  scope_missing: {
    status: 403,
    type: "permission_error",
    sentence: "This API key may not do this: it lacks the scope {scope}.",
  },
  role_missing: {
    status: 403,
    type: "permission_error",
    sentence: "Only members with the role maintainer or service may read this.",
  },
  host_change_refused: {
    status: 403,
    type: "permission_error",
    sentence: "{action} would change a host. Hosts are changed by a ModelDeployment only, never through the gateway.",
  },
  route_not_found: { status: 404, type: "not_found_error", sentence: "{method} {path} is not served here." },
  model_not_found: { status: 404, type: "not_found_error", sentence: "There is no model {model} for this key. {hint}" },
  model_ambiguous: {
    status: 400,
    type: "invalid_request_error",
    sentence: "{model} names more than one model: {names}. Write the full name.",
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    sentence: "{member} may start {requestsPerMinute} requests per minute. Try again in {retryAfterS} s.",
  },
  concurrency_limited: {
    status: 429,
    type: "rate_limit_error",
    sentence: "{member} may run {concurrentRequests} requests at once. Wait for one to end.",
  },
  all_hosts_busy: {
    status: 429,
    type: "rate_limit_error",
    sentence: "Every host of {model} is busy ({detail}). Try again in {retryAfterS} s.",
  },
  model_not_ready: {
    status: 503,
    type: "server_error",
    sentence: "{model} cannot answer now: {reasons}.",
  },
  hosts_failed: { status: 502, type: "server_error", sentence: "No host could answer for {model}: {reasons}." },
  host_refused: { status: 400, type: "invalid_request_error", sentence: "The model's host refused: {words}" },
  first_byte_timeout: {
    status: 504,
    type: "server_error",
    sentence: "{model} sent nothing for {seconds} s and was given up.",
  },
  stream_stalled: {
    status: 504,
    type: "server_error",
    sentence: "The answer stopped for {seconds} s and was given up; what came before is incomplete.",
  },
  stream_broken: {
    status: 502,
    type: "server_error",
    sentence: "The host of {model} was lost in the middle of the answer; what came before is incomplete.",
  },
  answer_not_understood: {
    status: 502,
    type: "server_error",
    sentence: "The host of {model} answered with something that cannot be used: {problem}.",
  },
  catalogue_starting: {
    status: 503,
    type: "server_error",
    sentence: "The gateway has not yet read who its members are and what is deployed. Try again in a moment.",
  },
  catalogue_stale: {
    status: 503,
    type: "server_error",
    sentence:
      "The gateway has not reached the Kubernetes API for {minutes} minutes and no longer trusts what it knows.",
  },
  gateway_full: {
    status: 503,
    type: "server_error",
    sentence: "The gateway holds as many bodies of requests in memory as it may. Try again in a moment.",
  },
  gateway_stopping: {
    status: 503,
    type: "server_error",
    sentence: "The gateway is stopping. Try again: another one, or its next start, answers.",
  },
  internal: { status: 500, type: "server_error", sentence: "The gateway failed. Report the request id {requestId}." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** The names between braces in a sentence. */
type Places<Sentence extends string> = Sentence extends `${string}{${infer Place}}${infer Rest}`
  ? Place | Places<Rest>
  : never;

export type ErrorDetails<C extends ErrorCode> = Record<Places<(typeof errorTable)[C]["sentence"]>, string | number>;

export interface ErrorExtras {
  readonly cause?: unknown;
  /** The field that is wrong, for wire forms that name it. */
  readonly param?: string | undefined;
  /** When trying again makes sense; sent as Retry-After. */
  readonly retryAfterS?: number | undefined;
  /** Replaces the table's status: a host's own refusal keeps its status. */
  readonly status?: number;
}

const detailCharsMax = 400;

export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: ErrorType;
  readonly param: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.status = extras.status ?? errorTable[code].status;
    this.type = errorTable[code].type;
    this.param = extras.param;
    this.retryAfterS = extras.retryAfterS;
  }
}

/** The error of `code`, its sentence filled in. Details come from outside: control characters are escaped, long ones cut. */
export function gatewayError<C extends ErrorCode>(
  code: C,
  details: ErrorDetails<C>,
  extras: ErrorExtras = {},
): GatewayError {
  const values = details as Record<string, string | number>;
  const message = errorTable[code].sentence.replace(/\{(\w+)\}/g, (_, place: string) =>
    printable(String(values[place] ?? ""), detailCharsMax),
  );
  return new GatewayError(code, message.trimEnd(), extras);
}
