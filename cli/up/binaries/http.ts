import type { Readable } from "node:stream";
import { type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import type { BinaryName } from "./catalog.ts";
import type { BinaryOptions } from "./ensure.ts";
import { type BinaryError, binaryError } from "./errors.ts";

export interface HttpLimits {
  /** How long a connection may take to stand, looking up the name included. */
  connectTimeoutMs: number;
  /** How long an answer, and then each further piece of it, may be silent. */
  stallTimeoutMs: number;
}

export const defaultHttpLimits: HttpLimits = { connectTimeoutMs: 5_000, stallTimeoutMs: 30_000 };
const redirectsMax = 5;

/** Reads releases. One per download; `close` it. */
export interface ReleaseReader {
  /** Follows redirects to a 200. Rejects with a BinaryError, or with the signal's reason. */
  get(url: string): Promise<{ body: Readable; bytes: number | undefined }>;
  /** Puts what went wrong while the body was read into our words. */
  readingFailed(error: unknown, url: string, received: number, expected: number | undefined): unknown;
  close(): Promise<void>;
}

/** For the whole process: a host that did not answer for one binary is not tried for the next. */
const unreachableHosts = new Map<string, string>();

export function openReader(binary: BinaryName, given: BinaryOptions): ReleaseReader {
  const { env, signal, httpLimits: limits = defaultHttpLimits, unreachable = unreachableHosts } = given;
  const options: ReaderOptions = { binary, limits, signal, unreachable };
  const dispatcher = new EnvHttpProxyAgent({
    ...proxies(env),
    connect: { timeout: limits.connectTimeoutMs },
    headersTimeout: limits.stallTimeoutMs,
    bodyTimeout: limits.stallTimeoutMs,
  });
  return {
    get: (url) => follow(url, options, dispatcher),
    readingFailed: (error, url, received, expected) => {
      if (isStall(error)) {
        return binaryError("download-stalled", binary, { url, waitedMs: limits.stallTimeoutMs }, error);
      }
      return isNetwork(error) ? binaryError("download-cut", binary, { url, received, expected }, error) : error;
    },
    close: () => dispatcher.destroy(),
  };
}

interface ReaderOptions {
  binary: BinaryName;
  limits: HttpLimits;
  signal: AbortSignal | undefined;
  unreachable: Map<string, string>;
}

async function follow(start: string, options: ReaderOptions, dispatcher: Dispatcher) {
  let url = start;
  for (let hop = 0; hop <= redirectsMax; hop++) {
    const { statusCode, headers, body } = await ask(url, options, dispatcher);
    if (statusCode === 200) return { body, bytes: lengthOf(headers["content-length"]) };
    discard(body);
    if (statusCode < 300 || statusCode > 399 || statusCode === 304) {
      throw binaryError("download-refused", options.binary, { url: start, status: statusCode });
    }
    url = redirectTarget(url, headers.location, start, options.binary);
  }
  throw binaryError("redirect-refused", options.binary, { url: start, to: url, why: `more than ${redirectsMax} hops` });
}

/** Ends a body that is of no interest; reading it could take for ever. */
export function discard(body: Readable): void {
  body.on("error", () => {}).destroy();
}

async function ask(url: string, options: ReaderOptions, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
  const { host } = new URL(url);
  const known = options.unreachable.get(host);
  if (known !== undefined) throw binaryError("network-unreachable", options.binary, { host, why: known });
  try {
    return await request(url, { dispatcher, headers: { "user-agent": "commonhold" }, ...signalOf(options.signal) });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw askingFailed(error, url, host, options);
  }
}

function askingFailed(error: unknown, url: string, host: string, options: ReaderOptions): BinaryError {
  if (isStall(error)) {
    return binaryError("download-stalled", options.binary, { url, waitedMs: options.limits.stallTimeoutMs }, error);
  }
  const why = reasonOf(error, options.limits);
  options.unreachable.set(host, why);
  return binaryError("network-unreachable", options.binary, { host, why }, error);
}

function redirectTarget(from: string, location: string | string[] | undefined, start: string, binary: BinaryName) {
  const refused = (to: string, why: string): BinaryError =>
    binaryError("redirect-refused", binary, { url: start, to, why });
  if (typeof location !== "string" || !URL.canParse(location, from)) {
    throw refused(String(location), "it is not an address");
  }
  const to = new URL(location, from);
  const secure = from.startsWith("https:");
  if (to.protocol !== "https:" && (secure || to.protocol !== "http:")) throw refused(to.href, "it is not encrypted");
  return to.href;
}

function reasonOf(error: unknown, limits: HttpLimits): string {
  const code = codeOf(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name is not known here";
  if (code === "ECONNREFUSED") return "it refuses connections";
  if (code === "UND_ERR_CONNECT_TIMEOUT") return `no connection within ${limits.connectTimeoutMs / 1000} s`;
  return error instanceof Error && error.message ? error.message : (code ?? "unknown reason");
}

function isStall(error: unknown): boolean {
  return ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"].includes(codeOf(error) ?? "");
}

function isNetwork(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return code.startsWith("UND_ERR_") || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function lengthOf(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** Empty strings, since undici would otherwise look into the environment by itself. */
function proxies(env: BinaryOptions["env"]) {
  return {
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}
