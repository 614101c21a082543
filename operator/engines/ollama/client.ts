/**
 * The `ollama` package for the calls that it serves: those with one short answer. It knows paths and bodies; it is given a
 * `fetch` that runs over our transport, because its own has no signal for such calls, no bounds, no bearer and no TLS
 * settings, and prints to the console (docs/adr/0002-talking-to-ollama.md).
 */
import { Ollama } from "ollama/browser";
import type { Clock } from "../../clock/clock.ts";
import { printable } from "../../text/printable.ts";
import { CallTimer } from "../call-timer.ts";
import type { CallOptions } from "../engine.ts";
import { EngineError } from "../error.ts";
import type { Answer, Transport } from "../transport.ts";
import { answerBytesMax, type OllamaBounds, refusalBytesMax, shownNameCharsMax } from "./bounds.ts";
import { type Doing, refusal } from "./refusal.ts";

export interface Host {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly bounds: OllamaBounds;
}

export interface Call extends CallOptions {
  /** What is done, for messages: `loading smollm2:135m`. */
  readonly what: string;
  readonly doing?: Doing;
  /** Bounds that differ from those of a short question. */
  readonly totalMs?: number;
  readonly idleMs?: number;
}

/** Asks one question through the package. The answer has no shape that could be relied on: parse it. */
export async function ask(host: Host, call: Call, question: (client: Ollama) => Promise<unknown>): Promise<unknown> {
  const { bounds, clock, transport } = host;
  const total = call.timeoutMs ?? call.totalMs ?? bounds.callTimeoutMs;
  const timer = new CallTimer(clock, call.what, total, call.signal);
  timer.expect(call.idleMs ?? bounds.idleTimeoutMs, "Timeout", `from the host while ${call.what}`);
  const client = new Ollama({ host: "http://host", fetch: fetchOver(transport, call, timer) });
  try {
    return await question(client);
  } catch (error) {
    if (timer.signal.aborted) throw timer.signal.reason;
    if (error instanceof EngineError) throw error;
    throw new EngineError("BadResponse", `${call.what}: the host's answer is not JSON`, { cause: error });
  } finally {
    timer.end();
  }
}

/** A name as messages may hold it: it may come from a stranger's spec. */
export function shown(name: string): string {
  return printable(name, shownNameCharsMax);
}

/** Reads a refusal's words: Ollama's `{"error": "…"}`, or whatever text stands there. */
export async function refused(
  transport: Transport,
  answer: Answer,
  call: Call,
  timer: CallTimer,
): Promise<EngineError> {
  const text = await transport.text(answer, refusalBytesMax, timer).catch((error: unknown) => {
    if (error instanceof EngineError && error.code === "BadResponse") return "";
    throw error;
  });
  return refusal(call.doing ?? "ask", call.what, errorWords(text), answer.status);
}

function errorWords(text: string): string {
  try {
    const said: unknown = JSON.parse(text);
    const error = typeof said === "object" && said !== null && "error" in said ? said.error : undefined;
    return typeof error === "string" ? error : "";
  } catch {
    // Not JSON: a proxy's page or gin's "404 page not found". Its text is all there is to show.
    return text;
  }
}

function fetchOver(transport: Transport, call: Call, timer: CallTimer): typeof fetch {
  return async (input, init) => {
    const answer = await transport.ask({
      method: methodOf(init?.method),
      path: new URL(String(input)).pathname,
      timer,
      ...(typeof init?.body === "string" && { json: JSON.parse(init.body) }),
    });
    timer.heard();
    if (answer.status !== 200) throw await refused(transport, answer, call, timer);
    return new Response(await transport.text(answer, answerBytesMax, timer));
  };
}

function methodOf(method: string | undefined): "GET" | "POST" | "DELETE" {
  return method === "POST" || method === "DELETE" ? method : "GET";
}
