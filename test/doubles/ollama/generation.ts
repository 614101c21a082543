/** A generation on a double, whatever the protocol: model found, loaded, a slot held, tokens one by one. */

import type { StoredModel } from "./disk.ts";
import type { OllamaDouble } from "./double.ts";
import { configOf, paramsOf } from "./manifest.ts";
import { isValid, parseName } from "./names.ts";
import { ClientLeft, notFound, Refused } from "./refused.ts";
import { type Runner, type RunnerOptions, runnerKey } from "./runner.ts";

export interface GenerationRequest {
  readonly model: string;
  readonly prompt: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly keepAliveMs: number | undefined;
  readonly signal: AbortSignal;
}

export interface GenerationStats {
  readonly totalMs: number;
  readonly loadMs: number;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly reason: "stop" | "length";
}

export function findModel(double: OllamaDouble, model: string): StoredModel {
  const name = parseName(model);
  if (model === "" || !isValid(name)) throw notFound(model);
  const stored = double.disk.find(name);
  if (!stored) throw notFound(model);
  return stored;
}

/** Holds a runner for as long as `work` takes. */
export async function withRunner<T>(
  double: OllamaDouble,
  stored: StoredModel,
  request: GenerationRequest,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const options = runnerOptions(double, stored, request.options);
  const runner = await double.memory.acquire(stored, options, request.keepAliveMs, request.signal);
  try {
    return await work(runner);
  } finally {
    double.memory.release(runner);
  }
}

/** Generates the double's reply, telling each token; resolves with the counts. */
export async function generate(
  double: OllamaDouble,
  runner: Runner,
  request: GenerationRequest,
  began: { readonly at: number; readonly loadedAt: number },
  onToken: (token: string) => Promise<void>,
): Promise<GenerationStats> {
  const { clock, prefillMs, tokenMs, reply } = double.settings;
  const giveBack = await runner.slot(request.signal);
  double.generating++;
  try {
    // Not ended by the client's leaving: the real one works through the prompt all the same.
    if (prefillMs > 0) await clock.sleep(prefillMs);
    const all = reply(request.prompt, request.model);
    const limit = Number(request.options["num_predict"] ?? -1);
    const tokens = limit > 0 ? all.slice(0, limit) : all;
    for (const token of tokens) {
      if (request.signal.aborted) throw new ClientLeft();
      if (tokenMs > 0) await clock.sleep(tokenMs, request.signal);
      await onToken(token);
    }
    const reason = limit > 0 && all.length >= limit ? "length" : "stop";
    const promptTokens = request.prompt.split(/\s+/).length + 1;
    const totalMs = clock.now() - began.at;
    return { totalMs, loadMs: began.loadedAt - began.at, promptTokens, tokens: Math.max(1, tokens.length), reason };
  } finally {
    double.generating--;
    if (request.signal.aborted) double.cancelled++;
    giveBack();
  }
}

export function requireCompletion(stored: StoredModel, model: string, what: "generate" | "chat"): void {
  if (!configOf(stored.manifest).capabilities.includes("completion")) {
    throw new Refused(400, `"${model}" does not support ${what}`);
  }
}

const runnerOptionNames = ["num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread"] as const;

function runnerOptions(
  double: OllamaDouble,
  stored: StoredModel,
  asked: Readonly<Record<string, unknown>>,
): RunnerOptions {
  const { family } = configOf(stored.manifest);
  if (!knownFamilies.has(family)) throw new Refused(500, `unable to load model: ${blobPath(stored)}`);
  const merged: Record<string, unknown> = {
    num_ctx: double.settings.defaultContext,
    ...paramsOf(stored.manifest),
    ...asked,
  };
  if (typeof merged["num_ctx"] !== "number") throw new Refused(500, 'option "num_ctx" must be of type integer');
  const options = runnerOptionNames.flatMap((name) => (merged[name] === undefined ? [] : [[name, merged[name]]]));
  return Object.fromEntries(options) as RunnerOptions;
}

/** Architectures that a double pretends to run. */
const knownFamilies: ReadonlySet<string> = new Set(["llama", "qwen2", "qwen3", "gemma3", "bert", "nomic-bert", "phi3"]);

function blobPath(stored: StoredModel): string {
  return `/root/.ollama/models/blobs/${runnerKey(stored).replace(":", "-")}`;
}
