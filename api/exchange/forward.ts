/**
 * From the first byte to the last: each chunk goes out as it came, at the pace at which the client reads, and is looked at in passing
 * (frames, tokens). Two silences are told apart: a host that says nothing, and a client that reads nothing. When the host is lost
 * the client gets an error in the form of its stream; where the answer is one piece of JSON there is no such form, and the
 * connection is cut so that nobody takes half an answer for a whole one.
 */
import type { ServerResponse } from "node:http";
import { type GatewayError, gatewayError } from "../errors.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { Answer } from "../upstreams/ask.ts";
import type { ActiveRequest } from "./active.ts";
import { ClientLeft } from "./client-left.ts";
import type { Facts } from "./facts.ts";
import { createFramer, errorFrame, type Framer, framingOf } from "./framing.ts";
import type { Gateway } from "./gateway.ts";
import { createUsageReader } from "./usage.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface Forwarding {
  readonly protocol: Protocol;
  readonly answer: Answer;
  readonly response: ServerResponse;
  /** Headers that every answer of the gateway has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly active: ActiveRequest;
  /** As the client wrote it. */
  readonly asked: string;
  readonly facts: Facts;
}

/** Resolves when the client has the whole answer, or an error event, or has left. Never rejects. */
export async function forwardAnswer(gateway: Gateway, forwarding: Forwarding): Promise<void> {
  const { answer, response, active, facts } = forwarding;
  const framing = framingOf(answer.contentType);
  const framer = createFramer(framing);
  const usage = createUsageReader();
  const length = Number(answer.contentLength);
  facts.phase = "streaming";
  const watchdog = startWatchdog(gateway.clock, gateway.settings.idleTimeoutMs, () => active.abort(stalled(gateway)));
  try {
    response.writeHead(answer.status, headersOf(forwarding));
    for (let chunk = answer.first; chunk !== undefined; chunk = await nextOf(answer)) {
      watchdog.heard();
      usage.push(chunk);
      facts.bytes += chunk.length;
      // The last bytes of an answer whose length is known go out together with its end: one write instead of two.
      if (facts.bytes === length) response.end(framer.push(chunk));
      else await write(gateway, forwarding, framer.push(chunk), watchdog);
    }
    if (!response.writableEnded) response.end(framer.end());
    facts.outcome = "ok";
  } catch (error) {
    breakOff(forwarding, framer, errorOf(error, active.signal, forwarding.asked));
  } finally {
    watchdog.stop();
    facts.usage = usage.read();
    facts.frames = framer.frames;
  }
}

/** The body's type and length are the host's; everything else is ours. */
function headersOf({ answer, headers }: Forwarding): Record<string, string> {
  return {
    ...headers,
    "content-type": answer.contentType,
    ...(answer.contentLength === undefined ? {} : { "content-length": answer.contentLength }),
    ...(answer.contentEncoding === undefined ? {} : { "content-encoding": answer.contentEncoding }),
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  };
}

async function nextOf(answer: Answer): Promise<Buffer | undefined> {
  const { value, done } = await answer.rest.next();
  return done ? undefined : value;
}

async function write(gateway: Gateway, { response, active }: Forwarding, bytes: Buffer, host: Watchdog): Promise<void> {
  active.signal.throwIfAborted();
  if (bytes.length === 0 || response.write(bytes)) return;
  host.pause();
  await drained(gateway, response, active);
  host.resume();
}

/** Waits until the client has read. A client that does not is treated as one that left. */
function drained({ clock, settings }: Gateway, response: ServerResponse, active: ActiveRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(settings.clientStallTimeoutMs, () => active.abort(new ClientLeft()));
    const free = (): void => {
      cancel();
      response.off("drain", go);
      active.signal.removeEventListener("abort", stop);
    };
    const go = (): void => {
      free();
      resolve();
    };
    const stop = (): void => {
      free();
      reject(active.signal.reason);
    };
    response.once("drain", go);
    active.signal.addEventListener("abort", stop, { once: true });
  });
}

function stalled({ settings }: Gateway): GatewayError {
  return gatewayError("stream_stalled", { seconds: Math.round(settings.idleTimeoutMs / 1000) });
}

/** An abort says itself why; anything else is the host's connection breaking. */
function errorOf(error: unknown, signal: AbortSignal, asked: string): Error {
  if (signal.aborted) return signal.reason as Error;
  return gatewayError("stream_broken", { model: asked }, { cause: error });
}

function breakOff({ protocol, response, answer, facts }: Forwarding, framer: Framer, error: Error): void {
  facts.outcome = error instanceof ClientLeft ? "cancelled" : "broken";
  if (error instanceof ClientLeft) {
    response.destroy();
    return;
  }
  const gatewayProblem = error as GatewayError;
  facts.code = gatewayProblem.code;
  void framer.end(); // a torn frame is worth nothing
  const frame =
    answer.contentLength === undefined
      ? errorFrame(framingOf(answer.contentType), protocol.errorBody(gatewayProblem))
      : undefined;
  if (frame === undefined) response.destroy();
  else response.end(frame);
}
