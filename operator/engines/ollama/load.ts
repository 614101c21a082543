/**
 * Loading, unloading and proving a model. A load is a generation without a prompt (`keep_alive` says how long it stays), an
 * unload one with `keep_alive: 0`. Ollama refuses both kinds of generation for a model that only embeds; `/api/embed` does
 * the same work for it: without input it loads, with input it proves.
 */
import { z } from "zod";
import { printable } from "../../text/printable.ts";
import type { CallOptions, LoadOptions, ProbeResult } from "../engine.ts";
import { EngineError } from "../error.ts";
import { countOr0, parsed } from "./answers.ts";
import { probeTextCharsMax } from "./bounds.ts";
import { ask, type Call, type Host, shown } from "./client.ts";

export async function load(host: Host, name: string, options: LoadOptions = {}): Promise<void> {
  const call = loadCall(host, `loading ${shown(name)}`, options);
  const settings = { model: name, keep_alive: keepAlive(options), options: runnerOptions(options) };
  try {
    const answer = await ask(host, call, (client) => client.generate({ ...settings, prompt: "" }));
    parsed(z.object({ done: z.literal(true) }), answer, call.what);
  } catch (error) {
    if (!onlyEmbeds(error)) throw error;
    await ask(host, call, (client) => client.embed({ ...settings, input: [] }));
  }
}

export async function unload(host: Host, name: string, options: CallOptions = {}): Promise<void> {
  const call: Call = { ...options, what: `unloading ${shown(name)}`, doing: "load" };
  try {
    await ask(host, call, (client) => client.generate({ model: name, prompt: "", keep_alive: 0 }));
  } catch (error) {
    // Gone from the disk: what may still be in memory cannot be named any more and ends by its own keep-alive.
    if (!(error instanceof EngineError && error.code === "ModelNotFound")) throw error;
  }
}

/** A word that every tokenizer knows. */
const probePrompt = "Hi";

export async function probe(host: Host, name: string, options: LoadOptions = {}): Promise<ProbeResult> {
  const call = loadCall(host, `probing ${shown(name)}`, options);
  const settings = { model: name, keep_alive: keepAlive(options) };
  const began = host.clock.now();
  try {
    const sampling = { num_predict: 1, temperature: 0, seed: 1, ...runnerOptions(options) };
    const answer = await ask(host, call, (client) =>
      client.generate({ ...settings, prompt: probePrompt, options: sampling }),
    );
    return generated(call, answer, host.clock.now() - began);
  } catch (error) {
    if (!onlyEmbeds(error)) throw error;
    const answer = await ask(host, call, (client) =>
      client.embed({ ...settings, input: probePrompt, options: runnerOptions(options) }),
    );
    return embedded(call, answer, host.clock.now() - began);
  }
}

function generated(call: Call, answer: unknown, tookMs: number): ProbeResult {
  const said = parsed(generateAnswer, answer, call.what);
  if (said.eval_count < 1) {
    throw new EngineError("HostFailed", `${call.what}: the host answered, but its model generated nothing`);
  }
  return {
    text: printable(said.response ?? "", probeTextCharsMax),
    tokens: said.eval_count,
    promptTokens: said.prompt_eval_count,
    tookMs,
    loadMs: Math.round(said.load_duration / 1e6),
  };
}

const generateAnswer = z.object({
  done: z.literal(true),
  response: z.string().nullish(),
  eval_count: countOr0,
  prompt_eval_count: countOr0,
  load_duration: countOr0,
});

function embedded(call: Call, answer: unknown, tookMs: number): ProbeResult {
  const said = parsed(embedAnswer, answer, call.what);
  return {
    text: "",
    tokens: said.embeddings.length,
    promptTokens: said.prompt_eval_count,
    tookMs,
    loadMs: Math.round(said.load_duration / 1e6),
  };
}

const embedAnswer = z.object({
  embeddings: z.array(z.array(z.number()).min(1)).min(1),
  prompt_eval_count: countOr0,
  load_duration: countOr0,
});

function loadCall(host: Host, what: string, options: LoadOptions): Call {
  const longMs = host.bounds.loadTimeoutMs;
  return { ...options, what, doing: "load", totalMs: longMs, idleMs: Number.POSITIVE_INFINITY };
}

function keepAlive(options: LoadOptions): number | string {
  const ms = options.keepAliveMs ?? "forever";
  return ms === "forever" ? -1 : `${Math.max(0, Math.round(ms))}ms`;
}

function runnerOptions(options: LoadOptions): { num_ctx?: number } {
  return options.context === undefined ? {} : { num_ctx: options.context };
}

/** server/routes.go: `"NAME" does not support generate`. */
function onlyEmbeds(error: unknown): boolean {
  return error instanceof EngineError && error.code === "NotSupported" && /support generate/.test(error.hostSaid ?? "");
}
