/**
 * Follows a URL that came from outside: every address checked at the connection (`connector.ts`), redirects followed
 * here and not by the library, so that each is judged again, credentials staying behind at their origin. Bodies are
 * streams with back-pressure and a limit; nothing is decompressed, so what is counted and hashed is what came over the
 * wire.
 */
import { Agent, type Dispatcher, request } from "undici";
import { type BoundedBody, boundedBody } from "./body.ts";
import { type ConnectorOptions, policedConnector } from "./connector.ts";
import { asFetchError, FetchError, shownUrl } from "./fetch-error.ts";
import { fetchableUrl, headersAfterRedirect, redirectTarget } from "./url-rules.ts";

export interface FetchOptions {
  method?: "GET" | "HEAD";
  headers?: Readonly<Record<string, string>>;
  /** Bytes `first` to `last`, both included; to the end without `last`. The answer is 206 where the server obeys. */
  range?: { first: number; last?: number };
  signal?: AbortSignal;
  timeouts?: { headersMs?: number; idleMs?: number };
  /** The body ends in `BodyTooLarge` beyond it. Default `bodyBytesMax`. */
  bodyBytesMax?: number;
  /** Plain http goes only to addresses that the policy allows by name, unless the caller knows a reason. */
  plainHttp?: "allowed-addresses" | "anywhere";
}

export interface FetchedResponse {
  status: number;
  /** Lower-case names; of a repeated header the values joined by `, `. */
  headers: Readonly<Record<string, string>>;
  /** Read it to its end or `discard` it: an unread body holds its connection. */
  body: BoundedBody;
  /** Where the answer came from, after redirects. */
  finalUrl: URL;
}

export interface Fetcher {
  /**
   * Resolves at the headers, whatever the status. Rejects with a `FetchError`, or the signal's reason at once when it
   * aborts.
   */
  open(url: string | URL, options?: FetchOptions): Promise<FetchedResponse>;
  /** Ends every transfer and closes every socket. */
  close(): Promise<void>;
}

/** Statuses that say where else to look. 300 and 304 do not. */
const redirects = new Set([301, 302, 303, 307, 308]);

export const redirectsMax = 5;
export const headersTimeoutMs = 30_000;
export const idleTimeoutMs = 60_000;
export const bodyBytesMax = 4 * 1024 * 1024;
const connectionsPerOriginMax = 16;
const responseHeaderBytesMax = 64 * 1024;

export function createFetcher(options: Omit<ConnectorOptions, "plainHttp">): Fetcher {
  const agents = {
    "allowed-addresses": agent({ ...options, plainHttp: "allowed-addresses" }),
    anywhere: agent({ ...options, plainHttp: "anywhere" }),
  };
  return {
    async open(url, asked = {}) {
      asked.signal?.throwIfAborted();
      return follow(agents[asked.plainHttp ?? "allowed-addresses"], fetchableUrl(url), asked);
    },
    async close() {
      const reason = new FetchError("Unreachable", "the fetcher is closed");
      await Promise.all(Object.values(agents).map((each) => each.destroy(reason)));
    },
  };
}

function agent(options: ConnectorOptions): Agent {
  return new Agent({
    connect: policedConnector(options),
    connections: connectionsPerOriginMax,
    maxHeaderSize: responseHeaderBytesMax,
  });
}

async function follow(dispatcher: Agent, start: URL, options: FetchOptions): Promise<FetchedResponse> {
  let url = start;
  let headers = requestHeaders(options);
  for (let hops = 0; hops <= redirectsMax; hops++) {
    const response = await send(dispatcher, url, headers, options);
    if (!redirects.has(response.statusCode)) return received(response, url, options);
    response.body.on("error", () => {}).destroy();
    const next = redirectTarget(url, joined(response.headers["location"]));
    headers = headersAfterRedirect(url, next, headers);
    url = next;
  }
  throw new FetchError("RedirectRefused", `${shownUrl(start)} redirects more than ${redirectsMax} times`);
}

function requestHeaders(options: FetchOptions): Record<string, string> {
  const { range } = options;
  return {
    "accept-encoding": "identity",
    "user-agent": "commonhold",
    ...options.headers,
    ...(range ? { range: `bytes=${range.first}-${range.last ?? ""}` } : {}),
  };
}

async function send(
  dispatcher: Agent,
  url: URL,
  headers: Record<string, string>,
  options: FetchOptions,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, {
      dispatcher,
      method: options.method ?? "GET",
      headers,
      headersTimeout: options.timeouts?.headersMs ?? headersTimeoutMs,
      bodyTimeout: options.timeouts?.idleMs ?? idleTimeoutMs,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw asFetchError(error, shownUrl(url), "connect");
  }
}

function received(response: Dispatcher.ResponseData, url: URL, options: FetchOptions): FetchedResponse {
  const headers = Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, joined(value)]])),
  );
  return {
    status: response.statusCode,
    headers,
    body: boundedBody(response.body, shownUrl(url), options.bodyBytesMax ?? bodyBytesMax, options.signal),
    finalUrl: url,
  };
}

function joined(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(", ") : (value ?? "");
}
