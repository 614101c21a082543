/**
 * Asks one host once, up to the first byte of its answer: until then nothing has reached the client and another host may still be
 * asked. A host's "no" becomes a `HostFailure` (try another) or the client's own error.
 */
import type { Dispatcher } from "undici";
import type { Clock } from "../../operator/clock/clock.ts";
import { gatewayError } from "../errors.ts";
import { failureOf, HostFailure } from "./failure.ts";
import { hostWords } from "./host-words.ts";
import type { Upstream } from "./upstreams.ts";

export interface Question {
  readonly path: string;
  readonly body: string;
  /** What the client called the model, and what the host calls it: the host's name is taken out of its refusals. */
  readonly asked: string;
  readonly served: string;
  readonly requestId: string;
  readonly firstByteTimeoutMs: number;
  /** Ends the request at once, also after this function resolved. */
  readonly signal: AbortSignal;
}

/** A good answer that has begun. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly contentLength: string | undefined;
  readonly contentEncoding: string | undefined;
  /** `undefined`: the answer is empty. */
  readonly first: Buffer | undefined;
  /** What follows. Rejects with the signal's reason, or with what broke the connection. */
  readonly rest: AsyncIterator<Buffer>;
}

/** Throws a `HostFailure`, a `GatewayError`, or the signal's reason at once when it aborts. */
export async function ask(upstream: Upstream, question: Question, clock: Clock): Promise<Answer> {
  const { signal, firstByteTimeoutMs } = question;
  signal.throwIfAborted();
  const attempt = new AbortController();
  const pass = (): void => attempt.abort(signal.reason);
  signal.addEventListener("abort", pass, { once: true });
  const seconds = Math.round(firstByteTimeoutMs / 1000);
  const tooLate = gatewayError("first_byte_timeout", { model: question.asked, seconds });
  const cancel = clock.after(firstByteTimeoutMs, () => attempt.abort(tooLate));
  try {
    return await firstByteOf(await send(upstream, question, attempt.signal), question);
  } catch (error) {
    signal.throwIfAborted();
    attempt.signal.throwIfAborted();
    // Whatever else went wrong: nothing more is wanted from this host.
    attempt.abort(error);
    if (error instanceof Error && error.name === "GatewayError") throw error;
    throw failureOf(error);
  } finally {
    cancel();
  }
}

/** Only these headers go out: nothing of the client's own can reach a host, so nothing can be smuggled in them. */
async function send(upstream: Upstream, question: Question, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return upstream.dispatcher.request({
    method: "POST",
    path: question.path,
    headers: {
      "content-type": "application/json",
      "accept-encoding": "identity",
      "user-agent": "commonhold-gateway",
      "x-request-id": question.requestId,
      ...(upstream.authorization === undefined ? {} : { authorization: upstream.authorization }),
    },
    body: question.body,
    signal,
  });
}

async function firstByteOf(response: Dispatcher.ResponseData, question: Question): Promise<Answer> {
  const { statusCode, headers, body } = response;
  if (statusCode !== 200) throw await refusalOf(response, question);
  const rest = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const described = {
    status: statusCode,
    contentType: headerOf(headers["content-type"]) ?? "application/octet-stream",
    contentLength: headerOf(headers["content-length"]),
    contentEncoding: headerOf(headers["content-encoding"]),
  };
  const { value, done } = await rest.next();
  return { ...described, first: done ? undefined : value, rest };
}

async function refusalOf(response: Dispatcher.ResponseData, question: Question): Promise<Error> {
  const status = response.statusCode;
  const words = await hostWords(response.body, question);
  if (status === 503 || status === 429) return new HostFailure("busy", "is busy");
  if (status === 404) return new HostFailure("model_missing", "no longer has the model");
  if (status === 401 || status === 403)
    return new HostFailure("denied", `refuses the gateway's credentials (${status})`);
  if (status >= 500) return new HostFailure("failed", `failed: ${words || `HTTP ${status}`}`);
  if (status >= 400) return gatewayError("host_refused", { words: words || `HTTP ${status}` }, { status });
  return new HostFailure("not_understood", `answered with HTTP ${status}`);
}

/** What goes on to the client must be a header that can be sent: printable ASCII, and short. */
function headerOf(value: string | string[] | undefined): string | undefined {
  const [first] = Array.isArray(value) ? value : [value];
  if (first === undefined || /^[\x20-\x7e]{0,256}$/.test(first)) return first;
  throw new HostFailure("not_understood", "answered with headers that cannot be passed on");
}
