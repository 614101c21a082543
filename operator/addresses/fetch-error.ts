/**
 * What can go wrong while following a URL. Callers switch on `code`; `kind` says what to do next; nobody reads the
 * message.
 */

const kinds = {
  /** The address policy refuses the address behind the URL, or behind a redirect. */
  AddressRefused: "terminal",
  /** The URL itself: not http(s), credentials in it, plain http where that is not allowed. */
  UrlRefused: "terminal",
  /** A redirect without a target, from https to http, or one too many. */
  RedirectRefused: "terminal",
  /** More bytes than the caller takes. */
  BodyTooLarge: "terminal",
  /** The server's certificate does not prove its name. */
  CertificateRefused: "terminal",
  /** Name unknown, connection refused or reset before an answer. */
  Unreachable: "transient",
  /** No connection, no headers, or no further byte in time. */
  Timeout: "transient",
  /** The body ended before its end. */
  CutOff: "transient",
} as const;

export type FetchErrorCode = keyof typeof kinds;

export class FetchError extends Error {
  readonly code: FetchErrorCode;
  readonly kind: "transient" | "terminal";

  constructor(code: FetchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FetchError";
    this.code = code;
    this.kind = kinds[code];
  }
}

/** A network library's error in our terms; one of ours stays as it is. `where` is a URL made by `shownUrl`. */
export function asFetchError(error: unknown, where: string, during: "connect" | "body"): FetchError {
  const ours = causes(error).find((cause) => cause instanceof FetchError);
  if (ours instanceof FetchError) return ours;
  const code = causes(error).map(codeOf).find(Boolean) ?? "";
  const options = { cause: error };
  if (/TIMEOUT|ETIMEDOUT/.test(code))
    return new FetchError("Timeout", `${where} did not answer in time (${code})`, options);
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_(VERIFY|GET)/.test(code)) {
    return new FetchError("CertificateRefused", `${where} has a certificate that proves nothing (${code})`, options);
  }
  if (during === "body") return new FetchError("CutOff", `${where} broke off (${code || "connection lost"})`, options);
  return new FetchError("Unreachable", `${where} cannot be reached (${code || "connection lost"})`, options);
}

/**
 * Origin and path only: a query may hold a signature that works as a password. WHATWG URLs have no raw control
 * characters.
 */
export function shownUrl(url: URL): string {
  const text = url.origin + url.pathname;
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

const causesMax = 8;

/** The error, what it wraps, and what it gathers (happy eyeballs reports one error per address). */
function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  const waiting = [error];
  while (waiting.length > 0 && found.length < causesMax) {
    const next = waiting.shift();
    if (!(next instanceof Error)) continue;
    found.push(next);
    waiting.push(next.cause, ...(next instanceof AggregateError ? next.errors : []));
  }
  return found;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : "";
}
