/**
 * Into memory to stay, then a real generation of one token: only that proves that it serves.
 *
 * Ollama keeps one runner per weights file and lists it under the name that loaded it first (server/sched.go, `schedulerModelKey`).
 * Where it does not list ours after a probe that succeeded, the runner of another model with the same weights answered: which
 * one is found by comparing what both are made of, so that later plans know it when they see it.
 */

import type { LoadedModel } from "../../engines/engine.ts";
import { isEngineError } from "../../engines/error.ts";
import type { TaskStep } from "../command.ts";
import type { TaskResult } from "./outcome.ts";
import type { StepContext } from "./run.ts";

/** Runners that are compared; a host has room for few. */
const runnersMax = 16;

export async function loadAndProbe(
  { served, context }: Extract<TaskStep, { kind: "Load" }>,
  step: StepContext,
): Promise<TaskResult> {
  const { engine, signal } = step;
  const options = { signal, ...(context > 0 ? { context } : {}) };
  await engine.load(served, options);
  const { tookMs } = await engine.probe(served, options);
  const loaded = await engine.loaded({ signal });
  const own = loaded.find(({ name }) => name === served);
  const runner = own ?? (await sharedRunner(served, loaded, step));
  return {
    kind: "Load",
    ...(runner && runner !== own ? { loadedAs: runner.name } : {}),
    bytes: runner?.bytes ?? 0,
    acceleratorBytes: runner?.vramBytes ?? 0,
    context: runner?.context ?? 0,
    tookMs,
  };
}

async function sharedRunner(
  served: string,
  loaded: readonly LoadedModel[],
  step: StepContext,
): Promise<LoadedModel | undefined> {
  const made = await blobsOf(served, step);
  if (made === undefined) return undefined;
  for (const runner of loaded.slice(0, runnersMax)) {
    if ((await blobsOf(runner.name, step)) === made) return runner;
  }
  return undefined;
}

/** Weights and adapters, as the host tells them; `undefined` where it does not. */
async function blobsOf(name: string, { engine, signal }: StepContext): Promise<string | undefined> {
  try {
    const { blobs } = await engine.inspect(name, { signal });
    return blobs.length > 0 ? blobs.join(" ") : undefined;
  } catch (error) {
    if (isEngineError(error)) return undefined;
    throw error;
  }
}
