/**
 * Asks one host once, up to the first byte of its answer: until then nothing has reached the client and another host may still be
 * asked. A host's "no" becomes a `HostFailure` (try another) or the client's own error.
 */
import type { Dispatcher } from "undici";
import type { Clock } from "../../operator/clock/clock.ts";
import { GatewayError, gatewayError } from "../errors.ts";
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
  /** Ends it for all: a host that says nothing for too long used up the client's patience, too. */
  readonly abort: (reason: Error) => void;
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
  const { signal, asked, firstByteTimeoutMs } = question;
  signal.throwIfAborted();
  const cancel = clock.after(firstByteTimeoutMs, () => {
    const seconds = Math.round(firstByteTimeoutMs / 1000);
    question.abort(gatewayError("first_byte_timeout", { model: asked, seconds }));
  });
  try {
    return await firstByteOf(await send(upstream, question), question);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GatewayError) throw error;
    throw failureOf(error);
  } finally {
    cancel();
  }
}

/** Only these headers go out: nothing of the client's own can reach a host, so nothing can be smuggled in them. */
async function send(upstream: Upstream, question: Question): Promise<Dispatcher.ResponseData> {
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
    signal: question.signal,
  });
}

async function firstByteOf(response: Dispatcher.ResponseData, question: Question): Promise<Answer> {
  const { statusCode, body } = response;
  if (statusCode !== 200) throw await refusalOf(response, question);
  const described = describedBy(response);
  if (described instanceof HostFailure) {
    // Nothing more is wanted from this host: its connection ends here.
    body.on("error", () => undefined).destroy();
    throw described;
  }
  const rest = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { value, done } = await rest.next();
  return { ...described, first: done ? undefined : value, rest };
}

/** What goes on to the client must be headers that can be sent: printable ASCII, and short. */
function describedBy({ statusCode, headers }: Dispatcher.ResponseData): Omit<Answer, "first" | "rest"> | HostFailure {
  const names = ["content-type", "content-length", "content-encoding"] as const;
  const [type, length, encoding] = names.map((name) => one(headers[name]));
  if ([type, length, encoding].some((value) => value !== undefined && !/^[\x20-\x7e]{0,256}$/.test(value))) {
    return new HostFailure("not_understood", "answered with headers that cannot be passed on");
  }
  return {
    status: statusCode,
    contentType: type ?? "application/octet-stream",
    contentLength: length,
    contentEncoding: encoding,
  };
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

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
