/** How asking a host can fail before a client has seen anything of it, and what follows: another host, or the client's own fault. */
import { errors } from "undici";
import { FetchError } from "../../operator/addresses/fetch-error.ts";
import { printable } from "../../operator/text/printable.ts";

export type HostFailureReason =
  /** No connection, or it broke before the first byte. Counts against the host's circuit. */
  | "unreachable"
  /** Certificate or pinned key. Counts against the host's circuit. */
  | "untrusted"
  /** The Secret with our own credentials is not there or cannot be read: the host was not asked, and nothing speaks against it. */
  | "no_credentials"
  /** The address policy refuses its address. */
  | "address_refused"
  /** It said 503: its own queue is full, or a load is in the way. */
  | "busy"
  /** It no longer has the model. */
  | "model_missing"
  /** It refuses our credentials (401, 403). */
  | "denied"
  /** It answered 5xx. */
  | "failed"
  /** It sent nothing for too long. */
  | "timeout"
  /** It answered with something that is no answer. */
  | "not_understood";

/** One host could not answer this request. `words` follow the host's name in a sentence. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";
  readonly reason: HostFailureReason;
  /** No connection came about, and that was known at once: the host never saw the request, and may take one in a moment. */
  readonly unmet: boolean;

  constructor(reason: HostFailureReason, words: string, options?: { cause?: unknown; unmet?: boolean }) {
    super(printable(words, wordsCharsMax), options);
    this.reason = reason;
    this.unmet = options?.unmet ?? false;
  }

  /** False: nothing was sent, so another host costs the client no time. */
  get asked(): boolean {
    return this.reason !== "no_credentials";
  }

  /** Says that the host itself is in trouble; a 5xx may as well be the request's doing and must not close it to others. */
  get countsAgainstHost(): boolean {
    return this.reason === "unreachable" || this.reason === "untrusted";
  }
}

const wordsCharsMax = 300;

/** What a failed connection or a broken one means. */
export function failureOf(error: unknown): HostFailure {
  const known = chainOf(error).find((link) => link instanceof HostFailure || link instanceof FetchError);
  if (known instanceof HostFailure) return known;
  if (known instanceof FetchError && known.code !== "Unreachable") {
    return new HostFailure("address_refused", `has an address that is refused: ${known.message}`, { cause: error });
  }
  const code = codeOf(error);
  if (isTlsCode(code))
    return new HostFailure("untrusted", `showed a certificate that is not trusted (${code})`, { cause: error });
  return new HostFailure("unreachable", wordsOf(error, code), { cause: error, unmet: unmetCodes.has(code) });
}

/** Of connect(2) and getaddrinfo(3). A connection that is not accepted in time is not among them: it took its time already. */
const unmetCodes = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

function wordsOf(error: unknown, code: string): string {
  if (code === "ECONNREFUSED") return "refuses connections";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "has a name that does not resolve";
  if (error instanceof errors.ConnectTimeoutError) return "did not accept a connection in time";
  if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE")
    return "closed the connection before it answered";
  return `cannot be reached (${code || "no code"})`;
}

/** OpenSSL's and Node's codes for certificates that do not hold. */
function isTlsCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/.test(code);
}

function codeOf(error: unknown): string {
  for (const link of chainOf(error)) {
    const code = (link as { code?: unknown }).code;
    if (typeof code === "string") return code;
  }
  return "";
}

const chainLengthMax = 5;

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link && chain.length < chainLengthMax; link = (link as { cause?: unknown }).cause)
    chain.push(link);
  return chain;
}
